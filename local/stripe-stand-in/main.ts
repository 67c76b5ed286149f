import { readEnvironment } from './environment.ts';
import { startStripeStandIn } from './server.ts';

const log = (line: Record<string, unknown>): void => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
};

const standIn = await startStripeStandIn({ ...readEnvironment(process.env), log });
log({ msg: 'listening', service: 'stripe-stand-in', port: standIn.port, url: standIn.url });

const stop = (): void => {
  void standIn.stop().then(() => process.exit(0));
};
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
