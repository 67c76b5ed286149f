import type { ShopContext } from '@commerce/contracts/vocabulary/shop-context.ts';
import type {
  Problem,
  Product,
  ProductList,
  Shop,
} from '@commerce/generated/node-v1/client/types.gen.ts';

/**
 * What the storefront asks of its CATALOGUE binding: the gateway's entrypoint of that name, called by RPC.
 * An answer is data, never a thrown error, because an exception loses its fields between Workers: the value, or the
 * problem that the node service or the gateway answered with.
 */
export type Catalogue = {
  getShop(context: ShopContext): Promise<CatalogueAnswer<Shop>>;
  listProducts(context: ShopContext): Promise<CatalogueAnswer<ProductList>>;
  /** An unknown SKU is `{ ok: false }` with a `product_not_found` problem (404). */
  getProduct(context: ShopContext, sku: string): Promise<CatalogueAnswer<Product>>;
};

export type CatalogueAnswer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The catalogue refused. `status` says which page that becomes; the problem itself goes to the log. */
export class CatalogueRefusal extends Error {
  override readonly name = 'CatalogueRefusal';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`catalogue: ${problem.status} ${problem.code}`);
    this.problem = problem;
  }
}

/** The value of an answer. Throws a CatalogueRefusal for a problem. */
export async function unwrap<T>(answer: Promise<CatalogueAnswer<T>>): Promise<T> {
  const settled = await answer;
  if (!settled.ok) throw new CatalogueRefusal(settled.problem);
  return settled.value;
}
