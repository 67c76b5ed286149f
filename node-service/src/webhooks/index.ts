export { writeDeadLetter } from './dead-letter.ts';
export { type EventJob, processEvent } from './process-event.ts';
export { receiveEvent } from './receive-event.ts';
export { resolveLater } from './resolve-later.ts';
export { verifyEvent } from './verify-event.ts';
