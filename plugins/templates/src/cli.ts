import { type CliIo, type CommandClient, fail } from '@waqtor/contracts'
import { nameAndValue, none, only, parse, runSubCommand, UsageError } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import {
  createTemplate,
  deleteTemplate,
  getTemplate,
  listTemplates,
  previewTemplate,
  type TemplateSummary,
  type Warning,
} from './contract.ts'

const usage = `waqtor templates list
waqtor templates show <name>
waqtor templates add <name> --text '…' [--language <ar>]
waqtor templates preview <name> [--var <name>=<value>]… [--language <ar>]
waqtor templates delete <name>

--instance <id> names the account (default).`

/** `waqtor templates …`. Answers 0, or 2 when it was written wrong. */
export function run(argv: readonly string[], io: CliIo): Promise<number> {
  const commands = Object.fromEntries(
    Object.entries(verbs).map(([name, act]) => [
      name,
      async (rest: readonly string[]) => {
        await act(rest, io)
        return 0
      },
    ]),
  )
  return runSubCommand({ name: 'templates', usage, commands }, argv, io)
}

type Verb = (argv: readonly string[], io: CliIo) => Promise<void>

const string = { type: 'string' } as const
const instance = { instance: { type: 'string', default: 'default' } } as const

const verbs: Readonly<Record<string, Verb>> = {
  async list(argv, io) {
    const { values: given, positionals } = parse(argv, instance)
    none(positionals)
    await using client = await io.connect()
    let cursor: string | null | undefined
    while (cursor !== null) {
      const page = await execute(client, listTemplates, {
        instance: given.instance,
        limit: 500,
        ...(cursor !== undefined && { cursor }),
      })
      for (const it of page.items) io.print(io.json ? JSON.stringify(it) : line(it))
      if (cursor === undefined && page.items.length === 0 && !io.json)
        io.print("no templates yet: waqtor templates add welcome --text 'Hello {{name|friend}}'")
      cursor = page.nextCursor
    }
  },

  async show(argv, io) {
    const given = named(argv, instance)
    await using client = await io.connect()
    const it = await execute(client, getTemplate, await one(client, given))
    if (io.json) return io.print(JSON.stringify(it))
    io.print(line({ ...it, languages: Object.keys(it.variants) }))
    io.print(it.text)
    for (const [language, { text }] of Object.entries(it.variants)) io.print(`[${language}]\n${text}`)
    warn(io, it.warnings)
  },

  async add(argv, io) {
    const { name, ...given } = named(argv, { ...instance, text: string, language: string })
    if (given.text === undefined)
      throw new UsageError("--text is missing: what to send, for example --text 'Hello {{name|friend}}'")
    await using client = await io.connect()
    const made = await execute(client, createTemplate, { name, ...given, text: given.text })
    if (io.json) return io.print(JSON.stringify(made))
    io.print(line({ ...made, languages: [] }))
    warn(io, made.warnings)
  },

  async preview(argv, io) {
    const given = named(argv, { ...instance, language: string, var: { ...string, multiple: true } })
    const variables = Object.fromEntries((given.var ?? []).map((it) => nameAndValue('var', it)))
    await using client = await io.connect()
    const { language } = given
    const input = { ...(await one(client, given)), variables, ...(language !== undefined && { language }) }
    const shown = await execute(client, previewTemplate, input)
    if (io.json) return io.print(JSON.stringify(shown))
    io.print(shown.text)
    io.note(`${shown.characters} characters${shown.language === null ? '' : `, in '${shown.language}'`}`)
    if (shown.missing.length > 0) io.note(`without a value: ${shown.missing.map((it) => `'${it}'`).join(', ')}`)
    warn(io, shown.warnings)
  },

  async delete(argv, io) {
    const given = named(argv, instance)
    await using client = await io.connect()
    const found = await one(client, given)
    await execute(client, deleteTemplate, found)
    io.print(io.json ? JSON.stringify({ ...found, deleted: true }) : `Template '${given.name}' is deleted.`)
  },
}

/** Finds a template by what a person calls it. */
async function one(client: CommandClient, { instance, name }: { readonly instance: string; readonly name: string }) {
  const [found] = (await execute(client, listTemplates, { instance, name })).items
  if (!found) throw fail('WAQ_NOT_FOUND', `there is no template '${name}'; \`waqtor templates list\` shows them`)
  return { instance, templateId: found.templateId }
}

async function execute<I extends z.ZodType, O extends z.ZodType>(
  client: CommandClient,
  command: { readonly id: string; readonly input: I; readonly output: O },
  input: z.input<I>,
): Promise<z.output<O>> {
  return command.output.parse(await client.execute(command.id, input))
}

function line({ templateId, name, language, languages, media }: TemplateSummary): string {
  const spoken = [...(language === null ? [] : [language]), ...languages].join(' ')
  return [templateId, name, spoken && `(${spoken})`, media && `${media.kind} ${media.filename}`]
    .filter(Boolean)
    .join('  ')
}

function warn(io: CliIo, warnings: readonly Warning[]): void {
  for (const { language, line, column, message, fix } of warnings)
    io.note(`${language === null ? '' : `${language}: `}line ${line}, column ${column}: ${message}. ${fix}`)
}

/** The options of a verb about one template, and its name. */
function named<const T extends Parameters<typeof parse>[1]>(argv: readonly string[], options: T) {
  const { values, positionals } = parse(argv, options)
  return { ...values, name: only(positionals, 'the name of the template') }
}
