import { type Logger, pino } from 'pino';

export type Fields = Readonly<Record<string, unknown>>;

/** One wide event a request or a job; never a body, a token or a card. */
export type Log = {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
};

function wrap(logger: Logger): Log {
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

/** JSON lines on standard output, named by the process they come from. */
export function createLog(name: string, level: string): Log {
  return wrap(
    pino({ name, level, base: { process: name }, timestamp: pino.stdTimeFunctions.isoTime }),
  );
}

/** An error for the log: its name, message and stack, and those of its causes. */
export function errorFields(error: unknown): Fields {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) };
  return { error: error.message, errorName: error.name, stack: error.stack, ...cause };
}
