/**
 * The bare library in a process of its own, to be killed: `node bare-host.ts '<chromium args, directory, options>'`.
 * Says what happens on stdout, a line of JSON each, and sends what comes on stdin: `<chat> <text>`.
 */
import { createInterface } from 'node:readline'
import { bareClient } from './bare-options.ts'

const { chromiumArgs, directory, options } = JSON.parse(process.argv[2] ?? '{}')
const client = bareClient(chromiumArgs, directory, options)
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
client.on('qr', (qr) => say({ event: 'qr', qr }))
client.on('ready', () => say({ event: 'ready' }))
await client.initialize()
say({ event: 'browser', pid: client.pupBrowser?.process()?.pid })
for await (const line of createInterface({ input: process.stdin })) {
  const [chat = '', text = ''] = line.split(' ')
  const { id } = await client.sendMessage(chat, text)
  say({ event: 'sent', id: id._serialized })
}
