// Finding out who can do something, and asking whoever has the least to do. npx tsx examples/discovery/main.ts
import { GrangerClient, Module } from '../../src/client/entry.js';

class Translator extends Module {
  override readonly capabilities: readonly string[];
  override readonly dataTypes = { consumes: ['text'], produces: ['text'] };

  constructor(
    readonly name: string,
    private readonly words: Readonly<Record<string, string>>,
    language: string,
  ) {
    super();
    this.capabilities = ['translate', `translate.${language}`];
  }

  override process(data: unknown): unknown {
    const { text } = data as { text: string };
    return { text: text.replaceAll(/\w+/g, (word) => this.words[word] ?? word) };
  }
}

const modules = await Promise.all([
  new Translator('Dolmetscher', { good: 'guten', morning: 'Morgen' }, 'de').start(),
  new Translator('Interprete', { good: 'buenos', morning: 'días' }, 'es').start(),
]);
const hub = new GrangerClient();
await hub.registerModule('Traveller', {});

for await (const { name, capabilities, status } of hub.listModules({ capability: 'translate' }))
  console.log(`${name} is ${status} and can ${capabilities?.join(', ')}`);

// The hub chooses: a live module that has the capability, the least loaded first. Whom, the message says.
for (const language of ['de', 'es']) {
  const sent = { from: 'Traveller', capability: `translate.${language}`, payload: { text: 'good morning' } };
  const { from, payload } = await hub.request(sent);
  console.log(`${from}: ${(payload as { text: string }).text}`);
}

await Promise.all(modules.map((module) => module.stop()));
await hub.close();
