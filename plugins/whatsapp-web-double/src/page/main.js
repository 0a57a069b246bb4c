import './small-modules.js'
import './pairing.js'
import './chats.js'
import './addons.js'
import './actions.js'
import { isPending, learnGroup, restoreChats } from './chats.js'
import { continueReloads, obey } from './commands.js'
import { learn } from './contacts.js'
import { greet } from './dialog.js'
import { showReference } from './pairing.js'
import { receive } from './receiving.js'
import { requireModule, takeAway } from './registry.js'
import { acknowledge, sendPending } from './sending.js'
import { session, sleep } from './session.js'
import { Cmd, Socket, setState, unlinked } from './socket.js'
import { allRecords, openStorage, readCredentials, recall, remember, writeCredentials } from './storage.js'
import { wire } from './wire.js'

const LISTENER_PATIENCE_MS = 5_000
const { settings } = session

/** A real page tells what it is when its code has been loaded, which takes its time. */
function showVersion() {
  if (!settings.missingVersion) window.Debug = { VERSION: settings.version }
}

/** A synchronisation takes long enough for the library to listen, except where a test wants the race. */
async function untilHeard() {
  const until = performance.now() + LISTENER_PATIENCE_MS
  while (Socket.listeners('change:hasSynced').length === 0 && performance.now() < until) await sleep(20)
}

async function synchronise() {
  if (Socket.hasSynced) return
  if (!settings.fastSync) await untilHeard()
  await sleep(session.faults.syncDelayMs)
  if (settings.whatsNew && (await recall('greeted')) === undefined) {
    await greet()
    await remember('greeted', true)
  }
  Cmd.trigger('offline_progress_update_from_bridge')
  Socket.set({ hasSynced: true })
  if (settings.fastSync) showVersion()
}

async function welcomed({ faults, acks, items, groups, contacts }) {
  session.faults = faults
  setState('CONNECTED')
  for (const { number, lid } of contacts) learn(number, lid)
  for (const group of groups) learnGroup(group)
  await inTurn(async () => {
    for (const ack of acks) await acknowledge(ack)
    await receive({ items })
  })()
  wire.admitted()
  sendPending()
  await synchronise()
  wire.send({ type: 'synced' })
}

async function paired({ credentials }) {
  setState('PAIRING')
  await writeCredentials(credentials)
  setState('OPENING')
  wire.cut()
}

wire.hello = () => {
  const pending = settings.resend ? allRecords().filter(isPending) : []
  return { type: 'hello', pairing: session.credentials?.pairing ?? null, pending: pending.map((it) => it.key) }
}

// Frames are worked off one after the other: nothing that came later is seen earlier.
let last = Promise.resolve()
const inTurn = (handler) => (frame) => {
  last = last.then(() => handler(frame)).catch(reportError)
  return last
}

wire
  .on('reference', (frame) => {
    showReference(frame)
    if (!Socket.state.startsWith('UNPAIRED')) setState('UNPAIRED')
  })
  .on('paired', paired)
  .on('welcome', (frame) => void welcomed(frame))
  .on('items', inTurn(receive))
  .on('ack', inTurn(acknowledge))
  .on('faults', ({ faults }) => {
    session.faults = faults
  })
  .on('confirm', () => wire.send({ type: 'confirmed' }))
  .on('command', (frame) => void obey(frame))
  .on('state', ({ state }) => setState(state))
  .on('unlinked', ({ how }) => void unlinked(how))
  .on('ended', ({ state }) => {
    wire.close()
    setState(state)
  })
  .on('cut', () => {
    if (['CONNECTED', 'UNPAIRED'].includes(Socket.state)) setState(session.credentials ? 'TIMEOUT' : 'OPENING')
  })

continueReloads()
await sleep(settings.bootDelayMs)
await openStorage()
session.credentials = await readCredentials()
window.require = requireModule
takeAway(settings.missingModules)
restoreChats()
setState('OPENING')
wire.connect()
if (!settings.fastSync || !session.credentials) showVersion()
