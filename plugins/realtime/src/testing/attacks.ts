import { frame, type RawClient } from './raw-client.ts'

const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`

/** What no client sends that means well: each ends the connection. `path` is the channel that the client has opened. */
export const attacks: readonly (readonly [what: string, attack: (client: RawClient, path: string) => void])[] = [
  ['10 MB', (it) => it.send('x'.repeat(10_000_000))],
  [
    '10 MB that are announced and do not come',
    (it) => it.socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x98, 0x96, 0x80])),
  ],
  [
    'a million tiny fragments',
    (it) => {
      it.send('4', 1, false)
      const one = frame(Buffer.from('x'), 0, false)
      const many = Buffer.concat(Array.from({ length: 10_000 }, () => one))
      for (let i = 0; i < 100; i++) it.socket.write(many)
    },
  ],
  [
    'a hundred thousand attachments that are claimed',
    (it, path) => it.send(`451100000-${path},["x",{"_placeholder":true,"num":0}]`),
  ],
  [
    'attachments that never come, and something else instead',
    (it, path) => {
      it.send(`451-${path},["x",{"_placeholder":true,"num":0}]`)
      it.send(`42${path},["x"]`)
    },
  ],
  [
    'deep JSON for channels that do not exist',
    (it) => {
      for (let i = 0; i < 20; i++) it.send(`40/nowhere,${nested(490_000)}`)
    },
  ],
  ['deep JSON in a message', (it, path) => it.send(`42${path},["x",${nested(490_000)}]`)],
  ['a megabyte to open a channel with', (it) => it.send(`40/nowhere,{"token":"${'x'.repeat(980_000)}"}`)],
  ['bad UTF-8', (it) => it.send(Buffer.from([0x34, 0xff, 0xfe, 0xfd]))],
  ['no packet at all', (it) => it.send('zzz')],
  ['a packet that is no JSON', (it, path) => it.send(`42${path},{not json`)],
  ['a packet for a channel that it did not open', (it) => it.send('42/nowhere,["x"]')],
  ['a reserved event', (it, path) => it.send(`42${path},["disconnect"]`)],
  ['an unknown opcode', (it) => it.send('x', 7)],
  [
    'more messages than anybody sends',
    (it, path) => {
      for (let i = 0; i < 2_000; i++) it.send(`42${path},["ping"]`)
    },
  ],
]
