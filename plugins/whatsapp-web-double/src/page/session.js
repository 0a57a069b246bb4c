/** What the page knows of itself: its settings, from the document that it came with, and whose it is once linked. */
const settings = JSON.parse(document.getElementById('settings').textContent)

export const session = {
  settings,
  /** Credentials: `{ pairing, me, lid, name }`. */
  credentials: null,
  /** As the network has it for this account. */
  faults: { history: 'full', dropAnswerRate: 0, syncDelayMs: 0 },
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
