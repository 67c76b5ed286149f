export { paymentTransfers, type Transfer } from './transfer.ts';
export { writeTransfers } from './write-transfers.ts';
