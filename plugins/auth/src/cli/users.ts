import type { CliIo, CommandClient } from '@waqtor/contracts'
import { none, only, parse, runSubCommand, type SubCommand, UsageError } from '@waqtor/contracts/cli-usage'
import type { z } from '@waqtor/kernel'
import { Role, type User } from '../contract/shapes.ts'
import * as contract from '../contract/users.ts'

const usage = `waqtor users create <name> [--role admin|user|viewer] [--display-name <text>] [--email <address>] [--instance <id>]…
waqtor users list
waqtor users set-password <name>       ends all its sessions, and lets it try again at once
waqtor users disable | enable <name>
waqtor users unlock <name>             after too many wrong passwords
waqtor users delete <name>

The password is asked for and not shown, or is the first line of standard input.`

const commands: Readonly<Record<string, SubCommand>> = {
  create,
  list,
  'set-password': setPassword,
  disable: (argv, io) => change(argv, io, true),
  enable: (argv, io) => change(argv, io, false),
  unlock,
  delete: remove,
}

/** `waqtor users …` */
export function run(argv: readonly string[], io: CliIo): Promise<number> {
  return runSubCommand({ name: 'users', usage, commands }, argv, io)
}

async function create(argv: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parse(argv, {
    role: { type: 'string' },
    'display-name': { type: 'string' },
    email: { type: 'string' },
    instance: { type: 'string', multiple: true },
  })
  const name = only(positionals, 'the name of the user')
  const role = Role.safeParse(values.role ?? 'user')
  if (!role.success) throw new UsageError(`--role takes admin, user or viewer, not '${values.role}'`)
  const password = await askPassword(io, name)
  await using client = await io.connect()
  const made = await call(client, contract.createUser, {
    name,
    password,
    role: role.data,
    ...(values['display-name'] !== undefined && { displayName: values['display-name'] }),
    ...(values.email !== undefined && { email: values.email }),
    ...(values.instance && { instances: values.instance }),
  })
  return answer(io, made, `User '${made.name}' (${describe(made)}) can sign in now.`)
}

async function list(argv: readonly string[], io: CliIo): Promise<number> {
  none(parse(argv, {}).positionals)
  await using client = await io.connect()
  for await (const user of everybody(client))
    io.print(io.json ? JSON.stringify(user) : `${user.id}  ${user.name}  (${describe(user)})`)
  return 0
}

async function setPassword(argv: readonly string[], io: CliIo): Promise<number> {
  const name = only(parse(argv, {}).positionals, 'the name of the user')
  const password = await askPassword(io, name)
  await using client = await io.connect()
  const { id } = await demand(client, name)
  const user = await call(client, contract.setPassword, { id, password })
  return answer(io, user, `'${user.name}' has another password now; its sessions have ended.`)
}

async function change(argv: readonly string[], io: CliIo, disabled: boolean): Promise<number> {
  const name = only(parse(argv, {}).positionals, 'the name of the user')
  await using client = await io.connect()
  const { id } = await demand(client, name)
  const user = await call(client, contract.updateUser, { id, disabled })
  return answer(io, user, `'${user.name}' ${disabled ? 'is signed out and cannot sign in any more' : 'can sign in'}.`)
}

async function unlock(argv: readonly string[], io: CliIo): Promise<number> {
  const name = only(parse(argv, {}).positionals, 'the name of the user')
  await using client = await io.connect()
  const { id } = await demand(client, name)
  const user = await call(client, contract.unlockUser, { id })
  return answer(io, user, `'${user.name}' may try again at once.`)
}

async function remove(argv: readonly string[], io: CliIo): Promise<number> {
  const name = only(parse(argv, {}).positionals, 'the name of the user')
  await using client = await io.connect()
  const user = await demand(client, name)
  await client.execute(contract.deleteUser.id, { id: user.id })
  return answer(io, user, `User '${user.name}' is gone.`)
}

async function askPassword(io: CliIo, name: string): Promise<string> {
  if (!io.readSecret) throw new UsageError('nobody can be asked for a password here')
  const password = await io.readSecret(`Password for '${name}'`, 'The same again')
  if (password === '') throw new UsageError('a password is needed: type it, or write it to standard input')
  return password
}

/** The user whom somebody calls by name or id. */
async function demand(client: CommandClient, name: string): Promise<User> {
  const wanted = name.trim().normalize('NFKC').toLowerCase()
  const names: string[] = []
  for await (const user of everybody(client)) {
    if (user.id === name || user.name.normalize('NFKC').toLowerCase() === wanted) return user
    names.push(user.name)
  }
  const there = names.length === 0 ? 'there is none yet' : `there are: ${names.slice(0, 20).join(', ')}`
  throw new UsageError(`there is no user '${name}'; ${there}`)
}

async function* everybody(client: CommandClient): AsyncGenerator<User> {
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page: z.output<typeof contract.listUsers.output> = await call(client, contract.listUsers, {
      limit: 500,
      ...(cursor !== undefined && { cursor }),
    })
    yield* page.items
    cursor = page.nextCursor
  }
}

async function call<I extends z.ZodType, O extends z.ZodType>(
  client: CommandClient,
  command: { readonly id: string; readonly input: I; readonly output: O },
  input: z.input<I>,
): Promise<z.output<O>> {
  return command.output.parse(await client.execute(command.id, input))
}

function answer(io: CliIo, user: User, text: string): number {
  io.print(io.json ? JSON.stringify(user) : text)
  return 0
}

function describe({ role, instances, disabledAt, lastSignInAt }: User): string {
  const parts = [role, instances === 'all' ? 'all instances' : instances.join(' ')]
  if (disabledAt !== null) parts.push(`disabled ${new Date(disabledAt).toISOString()}`)
  parts.push(lastSignInAt === null ? 'never signed in' : `last signed in ${new Date(lastSignInAt).toISOString()}`)
  return parts.join(', ')
}
