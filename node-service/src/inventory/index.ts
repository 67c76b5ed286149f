export { type Action, addUpLines, type HoldLine, shortages } from './allocation.rules.ts';
export {
  type AllocationOutcome,
  type AllocationRequest,
  type Allocator,
  createAllocator,
} from './allocator.ts';
export { inventoryConflict } from './conflict.ts';
export type { HoldState } from './inventory.entities.ts';
export { readStock } from './read-stock.ts';
export { readHoldLines } from './stock-rows.ts';
export { sweepHolds } from './sweep-holds.ts';
