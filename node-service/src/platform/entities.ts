/** What each of the two logins maps. A table is in one list alone: the other login has no right to it. */
import {
  CouponEntity,
  CoverageEntity,
  ProductEntity,
  ShippingRateEntity,
  TaxRateEntity,
  VariantEntity,
} from '../catalogue/catalogue.entities.ts';
import { OrderEntity, OrderFactEntity } from '../checkout/order.entities.ts';
import { HoldEntity } from '../inventory/inventory.entities.ts';
import { ShopEntity } from '../tenancy/shop.entity.ts';

export const platformEntities = [ShopEntity];

export const tenantEntities = [
  ProductEntity,
  VariantEntity,
  TaxRateEntity,
  ShippingRateEntity,
  CouponEntity,
  CoverageEntity,
  HoldEntity,
  OrderEntity,
  OrderFactEntity,
];
