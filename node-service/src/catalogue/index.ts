export { CouponEntity, CoverageEntity, ShippingRateEntity } from './catalogue.entities.ts';
export { readCatalogue } from './read-catalogue.ts';
export {
  type CatalogueLine,
  type KeyedLine,
  keyLines,
  type RequestedLine,
  resolveLines,
} from './resolve-lines.ts';
