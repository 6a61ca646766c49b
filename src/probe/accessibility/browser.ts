import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import type { Browser } from 'playwright-core'

/** What it takes to look at a page as people do. None of it is needed for anything else, so that it may be missing. */
export interface Instruments {
  launch(): Promise<Browser>
  /** The source of axe-core. */
  axe: string
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/** Nothing leaves the browser by itself: what a page asks for is asked by us. There is no proxy there. */
const NOWHERE = 'http://127.0.0.1:9'

/** The instruments, or what is missing and how it is had. */
export async function instruments(path = process.env['PATH'] ?? ''): Promise<Instruments | { missing: string; next: string }> {
  const executablePath = path
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file))
  if (executablePath === undefined)
    return {
      missing: 'Chromium is not installed',
      next: 'Install it (Debian: apt-get install chromium) and ask again with --full.',
    }
  try {
    const { chromium } = await import('playwright-core')
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    return {
      axe,
      launch: () =>
        chromium.launch({
          executablePath,
          timeout: 15_000,
          // the sandbox needs user namespaces, which Chromium refuses to root
          chromiumSandbox: process.getuid?.() !== 0,
          proxy: { server: NOWHERE, bypass: '<-loopback>' },
          args: [
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-domain-reliability',
            '--dns-prefetch-disable',
            '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
            '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
            '--js-flags=--max-old-space-size=256',
            '--no-pings',
          ],
        }),
    }
  } catch {
    return {
      missing: 'playwright-core and axe-core are not installed',
      next: 'Install them beside Assay (npm install playwright-core axe-core) and ask again with --full.',
    }
  }
}
