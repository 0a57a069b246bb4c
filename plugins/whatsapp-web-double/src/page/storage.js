import { session } from './session.js'

/** The page's own store in the profile: messages and credentials outlive the browser. */
let database
const archive = new Map()
let last = 0

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Resolves when the write is in the files, so that a killed browser still has it. */
function write(store, change) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, 'readwrite')
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
    change(transaction.objectStore(store))
  })
}

export async function openStorage() {
  const opening = indexedDB.open('model-storage', 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore('message', { keyPath: 'key' })
    opening.result.createObjectStore('pairs')
  }
  database = await settled(opening)
  const records = await settled(database.transaction('message').objectStore('message').getAll())
  records.sort((a, b) => a.sequence - b.sequence)
  for (const record of records) archive.set(record.key, record)
  last = records.at(-1)?.sequence ?? 0
}

/** All messages, in the order in which the page got them. */
export function allRecords() {
  return [...archive.values()]
}

export function recordOf(key) {
  return archive.get(key)
}

export function keep(record) {
  record.sequence ??= archive.get(record.key)?.sequence ?? ++last
  archive.set(record.key, record)
  return write('message', (store) => store.put(record))
}

export function forget(key) {
  archive.delete(key)
  return write('message', (store) => store.delete(key))
}

export async function remember(name, value) {
  await write('pairs', (store) => store.put(value, name))
}

export function recall(name) {
  return settled(database.transaction('pairs').objectStore('pairs').get(name))
}

export async function readCredentials() {
  if (session.settings.credentialsIn === 'local-storage') return JSON.parse(localStorage.getItem('credentials'))
  return (await recall('credentials')) ?? null
}

export async function writeCredentials(credentials) {
  session.credentials = credentials
  if (session.settings.credentialsIn === 'local-storage') {
    localStorage.setItem('credentials', JSON.stringify(credentials))
  } else {
    await remember('credentials', credentials)
  }
}

/** After a log-out nothing is left, as on the real page. */
export async function wipe() {
  session.credentials = null
  localStorage.clear()
  archive.clear()
  await write('message', (store) => store.clear())
  await write('pairs', (store) => store.clear())
}
