import type { ChildProcess } from 'node:child_process'

/**
 * Hears of pipes that break. puppeteer stops to listen before a browser ends; what breaks then, because Chromium went with a
 * command unread, would be an error that nobody caught: the host notes a fault for it, or ends where it is just starting.
 */
export function hearPipes(child: Pick<ChildProcess, 'stdio'> | null): void {
  for (const pipe of child?.stdio ?? []) pipe?.on('error', () => {})
}
