/**
 * The system that `pnpm start` runs: which plugins, with which options. Whatever is not listed here does not exist.
 *
 *   pnpm waqtor check           validates this file and draws what it makes
 *   pnpm waqtor config print    shows every option, its value and where that comes from
 *
 * The compiler checks the options. A change to this file is taken over while the host runs, and only the plugins that
 * it touches are restarted; a broken one changes nothing. Flags and environment (see .env.example) win over what
 * stands here.
 */
import { defineConfig } from '@waqtor/host'
import access from '@waqtor/plugin-access'
import audit from '@waqtor/plugin-audit'
import auth from '@waqtor/plugin-auth'
import backup from '@waqtor/plugin-backup'
import campaigns from '@waqtor/plugin-campaigns'
import contacts from '@waqtor/plugin-contacts'
import events from '@waqtor/plugin-events'
import files from '@waqtor/plugin-files'
import http from '@waqtor/plugin-http'
import instances from '@waqtor/plugin-instances'
import mcp from '@waqtor/plugin-mcp'
import messages from '@waqtor/plugin-messages'
import notifications from '@waqtor/plugin-notifications'
import realtime from '@waqtor/plugin-realtime'
import rest from '@waqtor/plugin-rest'
import restV1 from '@waqtor/plugin-rest-v1'
import settings from '@waqtor/plugin-settings'
import signIn from '@waqtor/plugin-sign-in'
import sqlite from '@waqtor/plugin-storage-sqlite'
import system from '@waqtor/plugin-system'
import templates from '@waqtor/plugin-templates'
import simulator from '@waqtor/plugin-transport-simulator'
import webhooks from '@waqtor/plugin-webhooks'

export default defineConfig({
  // The order does not matter: each plugin says what it needs, and the kernel starts them accordingly.
  plugins: [
    // Where everything is kept: a file for the host and one for each account, in the data directory.
    sqlite(),
    // Small documents that a person may edit by hand.
    settings(),
    // What happened, in order: the log behind GET /events and its stream.
    events(),
    // Copies of all that, made while it runs: `pnpm waqtor backup`. For more of them: backup({ keep: 30 }).
    backup(),

    // The WhatsApp accounts. At the first start there is one, `default`.
    instances(),
    // A virtual WhatsApp network, inside this process, or in one of its own when the variable holds its address:
    // `pnpm waqtor simulator --listen 127.0.0.1:9180`.
    simulator({ network: process.env.WAQTOR_SIMULATOR_NETWORK, autoPair: true }),
    // Real WhatsApp accounts, each in a Chromium of its own; read docs/whatsapp.md first, its terms above all. Import it above:
    //   import whatsappWeb from '@waqtor/plugin-transport-whatsapp-web'
    // call it here, and create an account with it: POST /instances { "id": "shop", "transport": "whatsapp-web" }.
    //   whatsappWeb({ chromium: { executablePath: '/usr/bin/chromium' } }),

    // Sending and receiving. For numbers without a country code: messages({ defaultCountry: 'EG' }).
    messages(),
    // Reusable messages with variables, in several languages.
    templates(),
    // What is handed in and what is made to be fetched: lists to import, exports, media. Kept for a day.
    files(),
    // The people you write to, their lists, and who wants to hear no more.
    contacts(),
    // Bulk sending from lists and CSV files.
    campaigns(),
    // What people should know of all that, kept until they have read it. For a shorter memory: notifications({ keepDays: 30 }).
    notifications(),

    // Who may come in: users, who sign in, and API keys.
    auth(),
    // Features that users open with a code or a subscription: campaigns, reports and interactive messages, unless you say
    // otherwise. To gate campaigns alone: access({ gated: ['campaigns'] }); nothing: access({ gated: [] }).
    access(),
    // Who did what, in a record that shows when somebody changes it: `pnpm waqtor audit verify`.
    audit(),
    // The server, on this machine only until you say otherwise: http({ host: '0.0.0.0', port: 9000 }). Behind a proxy on this
    // machine: http({ allowedHosts: ['waqtor.example.org'], trustedProxies: ['loopback'] }); docs/reverse-proxy.md.
    http(),
    // The REST API and its reference, derived from the commands of all the others.
    rest(),
    // The same commands under /api for clients written before it: docs/rest-v1.md.
    restV1(),
    // Live channels over socket.io: sessions, campaigns, and any event by subscription.
    realtime(),
    // Signing in by browser, with a cookie.
    signIn(),
    // The commands as tools for assistants (MCP), at /mcp and as `pnpm waqtor mcp`. They only read, unless the key was made with
    // `mcp:write`.
    mcp(),
    // How the host is: GET /ready, and numbers for Prometheus at GET /metrics.
    system(),

    // Events delivered to your other systems. For one in your own network: webhooks({ allowPrivate: ['10.0.0.5:5678'] }).
    webhooks(),

    // A plugin of your own: import it above and call it here. docs/writing-a-plugin.md shows how to write one.
  ],
})
