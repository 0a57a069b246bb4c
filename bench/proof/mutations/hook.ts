/**
 * Loaded with --import in front of a host: edits the source of the product while it is read, so that the product itself
 * needs no switches. A snippet that is not there exactly once keeps the host from starting.
 */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { type Edit, edited, type Mutation, mutations } from './snippets.ts'

const name = process.env.PROOF_MUTATION
if (name === undefined || !(name in mutations)) throw new Error(`there is no mutation '${name}'`)

const root = new URL('../../../', import.meta.url).href
const edits = Map.groupBy<string, Edit>(mutations[name as Mutation], (it) => root + it.file)
// All of them now: a file that is never read would otherwise leave the product whole, and the proof without an object.
for (const [url, wanted] of edits) edited(readFileSync(new URL(url), 'utf8'), wanted)

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const wanted = edits.get(url)
    if (!wanted) return loaded
    return { ...loaded, source: edited(String(loaded.source), wanted) }
  },
})
