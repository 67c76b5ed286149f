import { asset as cart } from './browser/cart.ts?asset';
import { asset as checkout } from './browser/checkout.ts?asset';
import { asset as miniCart } from './browser/mini-cart.ts?asset';
import { asset as order } from './browser/order.ts?asset';
import { asset as product } from './browser/product.ts?asset';
import { asset as stylesheet } from './styles/shop.css?asset';

/** A file for the browser, at an address that changes with its content. */
export type Asset = { readonly path: string; readonly contentType: string; readonly body: string };

/** All files that the storefront's pages load, but for the theme, which each shop has of its own. */
export type StorefrontAssets = Readonly<
  Record<'stylesheet' | 'product' | 'cart' | 'miniCart' | 'checkout' | 'order', Asset>
>;

/** Exists in a bundle alone (see edge/browser-assets.ts); everything else takes the assets as an argument. */
export const ASSETS: StorefrontAssets = { stylesheet, product, cart, miniCart, checkout, order };
