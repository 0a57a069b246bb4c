/**
 * What the examples of the OpenAPI document speak of, made for each of them before it is executed. The document keeps its
 * ids; here they are exchanged for those of real things. A field that a new command's example has is added to `things`; an
 * example that needs a thing in a certain state has a line of its own in `particular`.
 */
import { expect } from 'vitest'
import { People } from './seed-people.ts'
import type { Ask, Stock } from './stock.ts'

type Fields = Record<string, unknown>

/** Examples that cannot be executed on a host that is in use, and why. Each is executed where it can be, in its plugin's tests. */
export const executedElsewhere: Readonly<Record<string, string>> = {
  'rest.streamEvents': 'a stream has no end to wait for',
  'setup.complete': 'only the first person of a host can do it',
}

/** Makes things over the API that is tested, and answers what the example is to say instead. */
export class Seeds {
  readonly #stock: Stock
  readonly #people: People
  #drawn = 0

  constructor(stock: Stock) {
    this.#stock = stock
    this.#people = new People(stock)
  }

  /** As whom the example of a command is executed, where it is not the administrator's key. */
  asking(command: string): Promise<Pick<Ask, 'key' | 'headers'>> {
    return this.#people.asking(command)
  }

  /** The example of a command, with things that exist. */
  async prepare(command: string, example: Fields): Promise<Fields> {
    const own = await this.#particular[command]?.(example)
    const prepared: Fields = { ...example }
    for (const [name, value] of Object.entries(example)) {
      const make = this.#things[name]
      if (make && !(own && name in own)) prepared[name] = await make(value, example, command)
    }
    return { ...prepared, ...own }
  }

  /** By the name of a field: makes a thing that its value may speak of. */
  readonly #things: Readonly<
    Record<string, (value: unknown, example: Fields, command: string) => Promise<unknown> | unknown>
  > = {
    id: (value) => this.byPrefix(String(value)),
    instance: async (value) => (value === 'default' ? value : this.instance(String(value))),
    audienceId: () => this.audience(),
    campaignId: () => this.campaign(),
    templateId: () => this.template(),
    contactId: (value) => this.contact(String(value).startsWith('+') ? String(value) : undefined),
    fileId: () => this.file(),
    codeId: async () => (await this.#make('/access/codes', { features: ['campaigns'] })).id,
    messageId: () => this.message(),
    chatId: async (value) => {
      if (String(value).endsWith('@c.us')) await this.received()
      return value
    },
  }

  /** By the id of a command: fields that are made for it alone. */
  readonly #particular: Readonly<Record<string, (example: Fields) => Promise<Fields>>> = {
    'instances.create': async () => ({ id: this.#unique('shop') }),
    'instances.qr': async () => ({ instance: await this.unpaired() }),
    'instances.pairingCode': async () => ({ instance: await this.unpaired() }),
    'simulator.scan': async () => ({ instance: await this.unpaired() }),
    'simulator.chat': async () => this.received(),
    'contacts.create': async () => ({ phone: this.#number() }),
    'contacts.tag': async ({ contactIds }) => this.#known(contactIds),
    'contacts.untag': async ({ contactIds }) => this.#known(contactIds),
    'optOuts.remove': async ({ number }) => {
      await this.#make('/opt-outs', { numbers: [number] })
      return {}
    },
    'auth.login': async () => ({ name: await this.#people.name() }),
    'auth.endSession': async () => ({ id: await this.#people.session() }),
    'users.create': async () => ({ name: this.#unique('mona') }),
    'campaigns.retryFailed': async () => ({ campaignId: await this.finished() }),
    'campaigns.control': async () => ({ campaignId: await this.running() }),
    'files.append': async () => ({ fileId: (await this.#make('/files', { filename: 'people.csv' })).fileId }),
    'files.finish': async () => {
      const { fileId } = await this.#make('/files', { filename: 'people.csv' })
      await this.#make(`/files/${fileId}/append`, { offset: 0, data: btoa('phone\n') })
      return { fileId }
    },
    'keys.get': async () => ({ id: (await this.#make('/keys', { permissions: ['messages:read'] })).id }),
    'keys.revoke': async () => ({ id: (await this.#make('/keys', { permissions: ['messages:read'] })).id }),
    'webhooks.getDelivery': () => this.delivery(),
    'webhooks.replay': async () => ({ after: '0' }),
    'messages.media': async () => ({ messageId: await this.receivedFile() }),
    'templates.create': async () => ({ name: this.#unique('Welcome') }),
    'audiences.create': async () => ({ name: this.#unique('Cairo') }),
  }

  /** Things whose ids say what they are. */
  async byPrefix(id: string): Promise<string> {
    if (id.startsWith('usr_')) return this.#people.person()
    if (id.startsWith('whk_'))
      return (await this.#make('/webhooks', { url: 'https://example.com/hooks', types: ['message.received'] })).id
    if (id.startsWith('ntf_')) {
      const note = { type: 'warning', title: this.#unique('Note'), message: 'A note' }
      return (await this.#make('/notifications', note)).ids[0]
    }
    return id
  }

  /** A delivery of a webhook, with the webhook. */
  async delivery(): Promise<Fields> {
    const id = await this.byPrefix('whk_')
    await this.received()
    const path = `/api/v2/webhooks/${id}/deliveries`
    const latest = async () => (await this.#stock.ask(path)).body.items[0]?.id
    await expect.poll(latest, { timeout: 20_000 }).toBeDefined()
    return { id, deliveryId: await latest() }
  }

  /** An account that is connected. */
  async instance(id: string): Promise<string> {
    const known = await this.#stock.ask(`/api/v2/instances/${id}`)
    if (known.status === 404) await this.#make('/instances', { id })
    await this.connected(id)
    return id
  }

  /** Waits until an account is connected. */
  async connected(id: string): Promise<void> {
    const status = async () => (await this.#stock.ask(`/api/v2/instances/${id}/state`)).body.status
    if ((await status()) === 'stopped') await this.#make(`/instances/${id}/start`, {})
    await expect.poll(status, { timeout: 20_000 }).toMatch(/^(qr|ready)$/)
    if ((await status()) === 'qr') await this.#make('/simulator/scan', { instance: id })
    await expect.poll(status, { timeout: 20_000 }).toBe('ready')
  }

  /** An account that waits for its phone. */
  async unpaired(): Promise<string> {
    const id = this.#unique('new')
    await this.#make('/instances', { id })
    const status = async () => (await this.#stock.ask(`/api/v2/instances/${id}/state`)).body.status
    await expect.poll(status, { timeout: 20_000 }).toBe('qr')
    return id
  }

  async audience(): Promise<string> {
    return (await this.#make('/audiences', { name: this.#unique('People') })).audienceId
  }

  async template(): Promise<string> {
    const text = 'Hello {{name|friend}}'
    return (await this.#make('/templates', { name: this.#unique('Template'), text })).templateId
  }

  async contact(phone = this.#number()): Promise<string> {
    await this.#make('/contacts/upsert-many', { contacts: [{ phone, name: 'Mona', tags: ['vip'] }] })
    return phone.startsWith('+20100123') ? phone : (await this.#stock.ask(`/api/v2/contacts/${phone}`)).body.contactId
  }

  async campaign(): Promise<string> {
    const recipients = [this.#number(), this.#number()]
    return (await this.#make('/campaigns', { name: 'Welcome', template: 'Hello', recipients })).campaignId
  }

  /** A campaign that goes on for long enough to be controlled. */
  async running(): Promise<string> {
    const recipients = Array.from({ length: 50 }, () => this.#number())
    const plan = { pacing: { gapMs: 60_000 }, sendingHours: 'any' }
    const { campaignId } = await this.#make('/campaigns', { name: 'Long', template: 'Hello', recipients, ...plan })
    await this.#make(`/campaigns/${campaignId}/start`, {})
    return campaignId
  }

  async finished(): Promise<string> {
    await this.connected('default')
    const message = { template: 'Hello', recipients: [this.#number()], sendingHours: 'any' }
    const { campaignId } = await this.#make('/campaigns', { name: 'Short', ...message })
    await this.#make(`/campaigns/${campaignId}/start`, {})
    const status = async () => (await this.#stock.ask(`/api/v2/campaigns/${campaignId}`)).body.status
    await expect.poll(status, { timeout: 20_000 }).toBe('completed')
    return campaignId
  }

  async file(): Promise<string> {
    const answer = await this.#stock.ask('/files?filename=people.csv', {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body: 'phone,name\n+201001234567,Mona\n',
    })
    expect(answer.status, answer.text).toBe(201)
    return answer.body.fileId
  }

  /** A message of ours, which can be changed and taken back. */
  async message(): Promise<string> {
    await this.connected('default')
    return (await this.#make('/messages/send-text', { chatId: '+201001234567', text: 'Hello' })).messageId
  }

  /** A chat in which somebody wrote. */
  async received(): Promise<Fields> {
    await this.connected('default')
    const from = '201001234567'
    await this.#make('/simulator/deliver', { from, text: 'Hello' })
    await expect.poll(async () => (await this.#stock.ask(`/api/v2/chats/${from}`)).status).toBe(200)
    return {}
  }

  /** A message with a file. */
  async receivedFile(): Promise<string> {
    await this.connected('default')
    const media = { kind: 'document', mimeType: 'text/plain', data: btoa('a text'), filename: 'note.txt' }
    const { messageId } = await this.#make('/simulator/deliver', { from: '201001234567', media })
    await expect.poll(async () => (await this.#stock.ask(`/api/v2/messages/${messageId}`)).status).toBe(200)
    return messageId
  }

  async #known(contactIds: unknown): Promise<Fields> {
    for (const phone of contactIds as string[]) await this.contact(phone)
    return {}
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  async #make(path: string, body: Fields): Promise<any> {
    const answer = await this.#stock.ask(`/api/v2${path}`, { method: 'POST', body })
    expect(answer.status, `POST ${path}: ${answer.text}`).toBeLessThan(300)
    return answer.body
  }

  #unique(name: string): string {
    return `${name}-${++this.#drawn}`
  }

  /** A number that nothing else has. */
  #number(): string {
    return `+20101${String(++this.#drawn).padStart(7, '0')}`
  }
}
