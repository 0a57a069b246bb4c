import { describe, expect, it } from 'vitest'
import { endingOfState, isReload, problemInWords } from './reasons.ts'

describe('a state of the page', () => {
  it.each(['UNPAIRED', 'UNPAIRED_IDLE', 'LOGOUT'])('%s means that it was logged out', (state) => {
    expect(endingOfState(state)).toMatchObject({ loggedOut: true })
  })

  it.each(['TOS_BLOCK', 'SMB_TOS_BLOCK'])('%s means that it is restricted', (state) => {
    expect(endingOfState(state)).toMatchObject({ restricted: true })
  })

  it.each(['CONFLICT', 'PROXYBLOCK', 'DEPRECATED_VERSION', 'UNLAUNCHED'])('%s ends the connection', (state) => {
    expect(endingOfState(state)?.reason).not.toBe('')
    expect(endingOfState(state)).not.toHaveProperty('loggedOut')
  })

  it.each(['CONNECTED', 'OPENING', 'PAIRING', 'TIMEOUT'])('%s passes', (state) => {
    expect(endingOfState(state)).toBeUndefined()
  })
})

it.each([
  ['auth timeout', /may have changed its page/],
  ['net::ERR_NAME_NOT_RESOLVED at https://web.whatsapp.com/', /cannot be reached: this machine/],
  ['net::ERR_CONNECTION_REFUSED at https://web.whatsapp.com/', /cannot be reached \(ERR_CONNECTION_REFUSED\)/],
  ['The browser is already running for /x', /another Chromium/],
  ['spawn /x ENOENT', /apt-get install -y chromium/],
  ['[1:1] Running as root without --no-sandbox is not supported', /as root/],
  ['chrome: error while loading shared libraries: libnss3.so', /lacks a library/],
  ['[FATAL] No usable sandbox!', /user namespaces/],
  ['Failed to launch the browser process!\nmore', /^Chromium did not start: Failed to launch the browser process!$/],
  ["Cannot read properties of undefined (reading 'markedUnread')", /WhatsApp changed its page/],
  ['Requiring unknown module "WAWebX"', /WhatsApp changed its page/],
  ['something else\nand more', /^something else$/],
])('says in words: %s', (text, words) => {
  expect(problemInWords(new Error(text))).toMatch(words)
})

it('knows a reload from an end', () => {
  expect(isReload(new Error('Execution context was destroyed, most likely because of a navigation.'))).toBe(true)
  expect(isReload(new Error('Target closed'))).toBe(false)
})
