import type { FC } from 'hono/jsx';

/**
 * Where the page's script says what there is of a variant, once it knows. The server leaves it empty: a page says
 * nothing of stock by itself, and is the same for every buyer.
 */
export const StockHint: FC = () => <p class="stock-hint" data-stock-hint aria-live="polite" />;
