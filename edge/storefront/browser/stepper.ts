/** Makes the one-less and one-more buttons of every stepper within an element work. */
export function enableSteppers(within: HTMLElement): void {
  within.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-step]');
    const input = button?.closest('[data-stepper]')?.querySelector('input');
    if (!button || !input) return;
    const before = input.value;
    if (button.dataset.step === '1') input.stepUp();
    else input.stepDown();
    if (input.value !== before) input.dispatchEvent(new Event('change', { bubbles: true }));
  });
}
