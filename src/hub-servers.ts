import { CommandRestarts } from './agents/command/command-restarts.js';
import { CommandServer } from './agents/command/command-server.js';
import type { Config } from './config.js';
import type { Clock } from './lib/clock.js';
import type { Logger } from './lib/logger.js';
import { HubServer, type HubServerParts } from './messages/hub-server.js';
import type { Module } from './modules/module.js';
import { WebhookBreakers } from './webhooks/webhook-breakers.js';
import { WebhookClient } from './webhooks/webhook-client.js';
import { WebhookServer } from './webhooks/webhook-server.js';

/** How the endpoints and programs behind modules fare: known before anything is served, for the status of modules depends on it. */
export const buildServerHealth = (clock: Clock, logger: Logger) => {
  const breakers = new WebhookBreakers(clock, logger);
  const restarts = new CommandRestarts(clock);
  const isFailing = (module: Module | undefined): boolean =>
    module !== undefined && (breakers.breakerOf(module)?.state === 'open' || restarts.isFailing(module.name));
  return { breakers, restarts, isFailing };
};

export interface ServerNeeds extends HubServerParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly health: ReturnType<typeof buildServerHealth>;
  readonly tagPrefix: string;
}

/** What serves the modules with the runtimes webhook and command. */
export const buildServers = (needs: ServerNeeds) => {
  const { config, clock, logger, modules, deliveries, tagPrefix } = needs;
  const { breakers, restarts } = needs.health;
  const hosts = config.webhookHosts;
  const { environment } = config;
  const webhooks = new WebhookServer({ clock, client: new WebhookClient(), breakers, hosts });
  const commands = new CommandServer({ modules, deliveries, restarts, clock, logger, environment, tagPrefix });
  return [new HubServer(webhooks, needs), new HubServer(commands, needs)];
};
