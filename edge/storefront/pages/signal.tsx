import type { FC } from 'hono/jsx';
import type { Tone } from '../order-status-text.ts';

const DRAWINGS: Readonly<Record<Tone, FC>> = {
  waiting: () => <path class="turning" d="M24 6a18 18 0 1 1-17 12" />,
  good: () => <path d="M10 25l9 9 19-20" />,
  bad: () => <path d="M13 13l22 22M35 13L13 35" />,
  attention: () => <path d="M24 10v18M24 37v.5" />,
};

/** A round sign that goes with a statement's words, and says nothing by itself. */
export const Signal: FC<{ tone: Tone; hidden?: boolean }> = ({ tone, hidden = false }) => {
  const Drawing = DRAWINGS[tone];
  return (
    <div class="signal" data-tone={tone} hidden={hidden} aria-hidden="true">
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <Drawing />
      </svg>
    </div>
  );
};
