import { Contacts, Database, EventLog, Files, Instances, Messaging, Outbox } from '@waqtor/contracts'
import { definePlugin } from '@waqtor/kernel'
import { AudienceBook } from './audiences/audiences.ts'
import { config } from './config.ts'
import { ContactBook } from './contacts/contacts.ts'
import { Transfer } from './contacts/transfer.ts'
import * as contract from './contract.ts'
import { instanceFiles } from './files.ts'
import { Choices } from './opt-out/choices.ts'
import { Everywhere } from './opt-out/everywhere.ts'
import { createOptOutGate } from './opt-out/gate.ts'
import { OptOutBook } from './opt-out/opt-outs.ts'
import { RecentOptOuts } from './opt-out/recent.ts'
import { createWitness } from './opt-out/witness.ts'
import { createWordList } from './opt-out/word-list.ts'
import { erasePerson, exportPerson } from './person.ts'
import { hostMigrations, instanceMigrations } from './schema.ts'
import { createContactsService } from './service.ts'

export * from './contract.ts'

/** The people an instance writes to: what is known of them, and whether they want to be written to. */
export default definePlugin({
  name: 'contacts',
  kernel: '^1',
  config,
  requires: { database: Database, events: EventLog, instances: Instances, messaging: Messaging, outbox: Outbox },
  optional: { store: Files },
  provides: [Contacts],
  events: [contract.ContactOptedOut, contract.ContactOptedIn],
  cli: [{ name: 'contacts', summary: 'List, import and export contacts', load: () => import('./cli/index.ts') }],
  async setup(ctx) {
    const { database, events, instances, messaging, outbox, store } = ctx.services
    const { optOut, optOutStops, optOutWords } = ctx.config
    await database.migrate('contacts', 'host', hostMigrations)
    await database.migrate('contacts', 'instance', instanceMigrations)

    const files = instanceFiles(database, instances)
    const normalize = (address: string) => messaging.normalizeChatId(address)
    const recent = new RecentOptOuts()
    const choices = new Choices(events, recent)
    const contacts = new ContactBook({ files, normalize, choices })
    const audiences = new AudienceBook(files, normalize)
    const optOuts = new OptOutBook({ files, normalize, choices })
    const transfer = new Transfer({ files, store, defaultCountry: messaging.defaultCountry })
    const person = { database, files, normalize }

    ctx.provide(Contacts, createContactsService(files))
    ctx.onClose(messaging.witness(createWitness(choices, createWordList(optOutWords))))
    ctx.onClose(outbox.gate(createOptOutGate(recent, optOutStops)))
    if (optOut === 'everywhere') {
      const everywhere = new Everywhere({ database, choices, log: ctx.log, retryMs: 1_000 })
      ctx.onClose(() => everywhere.close())
      ctx.onClose(events.read(everywhere))
      ctx.onClose(instances.observe(everywhere))
    }

    ctx.handle(contract.createContact, (input) => contacts.create(input))
    ctx.handle(contract.upsertContacts, (input) => contacts.upsertMany(input))
    ctx.handle(contract.listContacts, (input) => contacts.list(input))
    ctx.handle(contract.getContact, (input) => contacts.get(input))
    ctx.handle(contract.updateContact, (input) => contacts.update(input))
    ctx.handle(contract.deleteContact, (input) => contacts.remove(input).then(() => ({})))
    ctx.handle(contract.tagContacts, (input) => contacts.retag('add', input))
    ctx.handle(contract.untagContacts, (input) => contacts.retag('remove', input))
    ctx.handle(contract.exportPerson, (input) => exportPerson(person, input))
    ctx.handle(contract.erasePerson, (input) => erasePerson(person, input))
    ctx.handle(contract.previewFile, (input, call) => transfer.preview(input, call))
    ctx.handle(contract.importContacts, (input, call) => transfer.import(input, call))
    ctx.handle(contract.exportContacts, (input, call) => transfer.export(input, call))
    ctx.handle(contract.createAudience, (input) => audiences.create(input))
    ctx.handle(contract.listAudiences, (input) => audiences.list(input))
    ctx.handle(contract.getAudience, (input) => audiences.get(input))
    ctx.handle(contract.updateAudience, (input) => audiences.update(input))
    ctx.handle(contract.deleteAudience, (input) => audiences.remove(input).then(() => ({})))
    ctx.handle(contract.listMembers, (input) => audiences.members(input))
    ctx.handle(contract.listOptOuts, (input) => optOuts.list(input))
    ctx.handle(contract.addOptOuts, (input) => optOuts.add(input))
    ctx.handle(contract.removeOptOut, (input) => optOuts.remove(input).then(() => ({})))
  },
})
