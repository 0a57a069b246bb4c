import { createHash } from 'node:crypto'
import type { HttpReply } from '@waqtor/contracts'
import { Html, html, prose } from './html.ts'
import type { DescribedEvent, OpenApiDocument } from './openapi.ts'
import type { Operation, Parameter, Reference } from './operation.ts'
import { script, style } from './reference-assets.ts'
import { curlOf, fieldTable } from './reference-parts.ts'

/** The page and nothing else: its one script and its one style are known by their hashes. */
const policy = [
  "default-src 'none'",
  `script-src '${hashOf(script)}'`,
  `style-src '${hashOf(style)}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The API as a page to read. It needs nothing but itself, so it works without a network. */
export function referencePage(document: OpenApiDocument): HttpReply {
  const body = `<!doctype html>\n${render(document).text}\n`
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
    body,
  }
}

interface Shown {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function render(document: OpenApiDocument): Html {
  const all: Shown[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )
  const groups = document.tags
    .map(({ name }) => ({ name, shown: all.filter((it) => it.operation.tags[0] === name) }))
    .filter((it) => it.shown.length > 0)
  const events = Object.entries(document['x-waqtor-events'])
  const [prefix = ''] = document.servers.map((it) => it.url)
  return html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API ${document.info.version}</title><style>${new Html(style)}</style></head><body><div class="page">
<nav aria-label="Operations"><label>Search <input type="search" autocomplete="off"></label> <span class="dim" role="status"></span>
${groups.map(
  ({ name, shown }) =>
    html`<div data-group><h2>${name}</h2><ul>${shown.map(
      (it) =>
        html`<li data-words="${wordsOf(it)}"><a href="#${it.operation.operationId}">${it.operation.operationId}</a></li>`,
    )}</ul></div>`,
)}${events.length > 0 && html`<h2>events</h2><ul><li><a href="#event-types">Event types</a></li></ul>`}</nav>
<main><h1>${document.info.title} API</h1><p class="dim">Version ${document.info.version}. ${document.info.description}</p>
${introduction(prefix)}
${groups.map(
  ({ name, shown }) => html`<section data-group aria-labelledby="tag-${name}"><h2 id="tag-${name}">${name}</h2>
${shown.map((it) => article(it, prefix, document))}</section>`,
)}${events.length > 0 && eventSection(events, document)}</main></div><script>${new Html(script)}</script></body></html>`
}

function introduction(prefix: string): Html {
  return html`<p>Everything below stands under <code>${prefix}</code>. Send a key as <code>X-API-Key</code> or as
<code>Authorization: Bearer</code>; <code>waqtor keys create</code> makes one. Bodies and answers are JSON. An error is a
problem document (RFC 9457) with a <code>code</code> to compare, a <code>detail</code> to read and a <code>requestId</code> that the
log knows, too. The same as a document for programs: <code>GET ${prefix}/openapi.json</code>.</p>`
}

function article({ method, path, operation }: Shown, prefix: string, document: OpenApiDocument): Html {
  const { operationId, summary, description, requestBody, responses } = operation
  const { permission, scope } = operation['x-waqtor']
  const parameters = (operation.parameters ?? []).map((it) => dereferenced(it, document))
  const body = requestBody?.content['application/json']?.schema
  const answers = Object.entries(responses).flatMap(([status, it]) => {
    const schema = '$ref' in it ? undefined : it.content?.['application/json']?.schema
    return schema ? [{ status, schema }] : []
  })
  return html`<article id="${operationId}" data-words="${wordsOf({ method, path, operation })}"><h3>${summary}</h3>
<p class="route"><code><span class="method">${method}</span> ${prefix}${path}</code></p>
<p class="facts">${operationId} · ${permission === 'public' ? 'no key needed' : html`permission <code>${permission}</code>`} · ${
    scope === 'instance' ? 'of one account' : 'of the host'
  }${operation['x-waqtor'].idempotent && ' · safe to repeat with an Idempotency-Key'}</p>
${description !== undefined && html`<p>${prose(description)}</p>`}
${parameters.length > 0 && html`<h4>Parameters</h4>${fieldTable(parameters.map(asField), document)}`}
${body && html`<h4>Body</h4>${fieldTable(body, document)}`}
<h4>Example</h4><pre>${curlOf(method, prefix + path, operation)}</pre>
${answers.map(({ status, schema }) => html`<details><summary>Answer ${status}</summary>${fieldTable(schema, document)}</details>`)}</article>`
}

function eventSection(events: readonly (readonly [string, DescribedEvent])[], document: OpenApiDocument): Html {
  return html`<section aria-labelledby="event-types"><h2 id="event-types">Event types</h2>
<p>What <code>/events</code> and <code>/events/stream</code> deliver, each as
<code>{ id, type, instance, time, sequence, data }</code>. Events that are not recorded have no <code>sequence</code> and are only
streamed.</p>
${events.map(
  ([
    type,
    { summary, permission, recorded, data },
  ]) => html`<article data-words="${`${type} ${summary ?? ''}`.toLowerCase()}"><h3><code>${type}</code></h3>
<p class="facts">${summary} · permission <code>${permission}</code> · ${recorded ? 'recorded' : 'not recorded'}</p>
<details><summary>data</summary>${fieldTable(data, document)}</details></article>`,
)}</section>`
}

function dereferenced(it: Parameter | Reference, document: OpenApiDocument): Parameter {
  return '$ref' in it ? document.components.parameters[it.$ref.split('/').at(-1)!]! : it
}

function asField({ name, in: place, required, description, schema }: Parameter) {
  return { name, required, place, schema: { ...schema, ...(description !== undefined && { description }) } }
}

function wordsOf({ method, path, operation: { operationId, summary } }: Shown): string {
  return `${method} ${path} ${operationId} ${summary}`.toLowerCase()
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
