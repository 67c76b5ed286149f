import type { FC } from 'hono/jsx';
import { Layout, type PageFrame } from './layout.tsx';

type ProblemPageProps = { frame: PageFrame; title: string; detail: string; requestId: string };

/** A page that says what went wrong, in the shop's own dress. */
export const ProblemPage: FC<ProblemPageProps> = ({ frame, title, detail, requestId }) => (
  <Layout frame={frame} title={title}>
    <div class="wrap page">
      <div class="stage">
        <div class="statement">
          <h1>{title}</h1>
          <p class="lead">{detail}</p>
          <a class="button" href={frame.locale.link('/')}>
            {frame.locale.texts.backToShop}
          </a>
          <p class="order-id">{frame.locale.texts.reference(requestId)}</p>
        </div>
      </div>
    </div>
  </Layout>
);

/** For when not even the shop can be read: no name, no colours, nothing that could be another shop's. */
export const BarePage: FC<{
  lang: string;
  title: string;
  detail: string;
  reference: string;
  stylesheet: string;
}> = (props) => (
  <html lang={props.lang}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <title>{props.title}</title>
      <link rel="stylesheet" href={props.stylesheet} />
    </head>
    <body>
      <main class="wrap page">
        <div class="stage">
          <div class="statement">
            <h1>{props.title}</h1>
            <p class="lead">{props.detail}</p>
            <p class="order-id">{props.reference}</p>
          </div>
        </div>
      </main>
    </body>
  </html>
);
