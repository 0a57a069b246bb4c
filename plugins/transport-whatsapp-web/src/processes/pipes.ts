import type { ChildProcess } from 'node:child_process'

/**
 * Hears of pipes that break. puppeteer stops to listen before a browser ends; what breaks then, because Chromium went with a
 * command unread, would be an error that nobody hears, and those end the process.
 */
export function hearPipes(child: Pick<ChildProcess, 'stdio'> | null): void {
  for (const pipe of child?.stdio ?? []) pipe?.on('error', () => {})
}
