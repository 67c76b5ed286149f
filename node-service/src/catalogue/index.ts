export { readCatalogue } from './read-catalogue.ts';
export {
  type CatalogueLine,
  type KeyedLine,
  keyLines,
  type RequestedLine,
  resolveLines,
} from './resolve-lines.ts';
export {
  type Coupon,
  findCoupon,
  findCoverages,
  findShippingRate,
  type ShippingTerms,
} from './terms.ts';
