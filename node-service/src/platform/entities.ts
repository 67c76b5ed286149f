/** What each of the two logins maps. A table is in one list alone: the other login has no right to it. */
import {
  ProductEntity,
  ShippingRateEntity,
  VariantEntity,
} from '../catalogue/catalogue.entities.ts';
import { ShopEntity } from '../tenancy/shop.entity.ts';

export const platformEntities = [ShopEntity];

export const tenantEntities = [ProductEntity, VariantEntity, ShippingRateEntity];
