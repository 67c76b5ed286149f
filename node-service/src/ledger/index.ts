export {
  dishonouredTransfers,
  disputeTransfers,
  type PaidOrder,
  paymentTransfers,
  receivedTransfer,
  refundTransfers,
  type Transfer,
  withdrawnReceipt,
} from './transfer.ts';
export { writeTransfers } from './write-transfers.ts';
