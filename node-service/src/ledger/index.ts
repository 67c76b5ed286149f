export {
  dishonouredTransfers,
  paymentTransfers,
  receivedTransfer,
  refundTransfers,
  type Transfer,
} from './transfer.ts';
export { writeTransfers } from './write-transfers.ts';
