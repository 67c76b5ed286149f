import type { FC } from 'hono/jsx';
import { MAX_QUANTITY } from '../../cart/cart.rules.ts';

type StepperProps = {
  id: string;
  /** The input's accessible name, such as “Quantity of Mug”. */
  label: string;
  value: number;
  visibleLabel?: boolean;
};

/** A quantity to type, with buttons for one less and one more. */
export const Stepper: FC<StepperProps> = ({ id, label, value, visibleLabel = false }) => (
  <div class="field">
    <label for={id} class={visibleLabel ? undefined : 'visually-hidden'}>
      {label}
    </label>
    <div class="stepper" data-stepper>
      <button type="button" data-step="-1" aria-label={`${label}: one less`}>
        −
      </button>
      <input
        id={id}
        name="quantity"
        type="number"
        inputmode="numeric"
        min={1}
        max={MAX_QUANTITY}
        step={1}
        value={value}
        required
      />
      <button type="button" data-step="1" aria-label={`${label}: one more`}>
        +
      </button>
    </div>
  </div>
);
