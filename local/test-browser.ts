import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's Chromium; CHROMIUM_PATH names another. */
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Without a browser its tests are reported as skipped; in CI that is a failure (see check-steps.ts). */
export const HAS_CHROMIUM = existsSync(CHROMIUM);

/** Headless, and asking nobody but us: no update, no sync, no background networking. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Tells what a page complains of: a script error, or something that its content security policy stopped. */
export function onComplaint(page: Page, tell: (text: string) => void): void {
  page.on('pageerror', (error) => tell(error.message));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) tell(message.text());
  });
}
