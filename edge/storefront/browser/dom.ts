/** The one element that a page of ours always has. Throws where the page and its script have come apart. */
export function need<T extends Element = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): T {
  const element = within.querySelector<T>(selector);
  if (element === null) throw new Error(`this page has no ${selector}`);
  return element;
}

/** An element with text and attributes; text is never parsed as markup. */
export function make(
  tag: string,
  content: string | readonly (Node | string)[],
  attributes: Readonly<Record<string, string>> = {},
): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...(typeof content === 'string' ? [content] : content));
  return element;
}

/** A button that works is marked, not disabled: a disabled one would lose the keyboard's focus. */
export function setWorking(button: HTMLElement, working: boolean): void {
  for (const state of ['aria-busy', 'aria-disabled']) {
    if (working) button.setAttribute(state, 'true');
    else button.removeAttribute(state);
  }
}

export function isWorking(button: HTMLElement): boolean {
  return button.getAttribute('aria-disabled') === 'true';
}

/** Shows in the page's header how many units the cart holds. */
export function showCartUnits(units: number): void {
  need('[data-cart-units]').textContent = String(units);
  need('[data-cart-count]').hidden = units === 0;
}
