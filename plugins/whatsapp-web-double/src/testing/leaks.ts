/**
 * What the library leaves behind uncaught, which would end a Node process by default. It is kept from the test runner
 * and collected here; whatever comes from elsewhere is the runner's as before.
 */
export const leaks: unknown[] = []

const listeners = process.listeners('unhandledRejection')
process.removeAllListeners('unhandledRejection')
process.on('unhandledRejection', (reason, promise) => {
  if (isLeak(reason)) leaks.push(reason)
  else for (const listener of listeners) listener(reason, promise)
})

function isLeak(reason: unknown): boolean {
  if (reason === 'auth timeout' || reason === 'ready timeout') return true
  if (!(reason instanceof Error)) return false
  const stacks = [reason.stack, reason.cause instanceof Error ? reason.cause.stack : undefined]
  return stacks.some((it) => it?.includes('whatsapp-web.js/src/') || it?.includes('puppeteer-core/'))
}
