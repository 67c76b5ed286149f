export {
  type Discount,
  type LineAmounts,
  type OrderAmounts,
  type PricedLine,
  priceOrder,
} from './pricing.rules.ts';
