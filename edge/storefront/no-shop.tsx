import { wantsHtml } from '../http/media-type.ts';
import { refuse } from '../http/refuse.ts';
import type { RequestTrace } from '../http/request-trace.ts';
import type { StorefrontAssets } from './assets.ts';
import { pageResponse } from './page-response.ts';
import { BarePage } from './pages/problem.tsx';
import { pageTexts } from './texts/page-texts.ts';

/** For a request of which the front door has not said whose it is, or how to show it: 404, and nothing of any shop. */
export function noShop(request: Request, trace: RequestTrace, assets: StorefrontAssets): Response {
  trace.endpoint = 'no_shop';
  const texts = pageTexts('en');
  if (!wantsHtml(request.headers.get('accept'))) {
    return refuse(trace, 'shop_unknown', texts.noShopHereDetail);
  }
  const page = (
    <BarePage
      lang="en"
      title={texts.noShopHere}
      detail={texts.noShopHereDetail}
      reference={texts.reference(trace.requestId)}
      stylesheet={assets.stylesheet.path}
    />
  );
  return pageResponse(page, { status: 404, lang: 'en' });
}
