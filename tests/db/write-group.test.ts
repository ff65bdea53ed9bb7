import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { array, asyncProperty, constantFrom, assert as forAll, record } from 'fast-check';
import type { BulkWork } from '../../src/db/asked-work.js';
import type { Database } from '../../src/db/database.js';
import { statement, type Transaction } from '../../src/db/statement.js';
import { HubError } from '../../src/lib/errors.js';
import { connectBeside, countCommits, openTestDatabase } from '../support/test-database.js';

const insertName = statement<{ name: string; value: string }>()((db, p) =>
  db.insertInto('hub_meta').values({ name: p('name'), value: p('value') }),
);
const selectNames = statement<object>()((db) => db.selectFrom('hub_meta').select('name').orderBy('name'));

const put = (tx: Transaction, name: string) => tx.insert(insertName, { name, value: '' });
const namesIn = async (database: Pick<Database, 'read'>): Promise<string[]> =>
  (await database.read.all(selectNames, {})).map(({ name }) => name);

async function openWithBeside(t: TestContext) {
  const { database, folder } = await openTestDatabase(t);
  const other = connectBeside(t, folder);
  const seenBeside = (): unknown[] => other.prepare('select name from hub_meta order by name').pluck().all();
  return { database, folder, seenBeside };
}

test('works that are asked for together share one commit, works one after the other do not', async (t) => {
  const { database, folder } = await openTestDatabase(t);
  const before = countCommits(folder);
  await Promise.all(Array.from({ length: 20 }, (_, index) => database.write((tx) => put(tx, `together${index}`))));
  assert.equal(countCommits(folder) - before, 1);
  for (const name of ['one', 'two']) await database.write((tx) => put(tx, name));
  assert.equal(countCommits(folder) - before, 3);
});

test('works run one after the other in their order, and each sees what those before it wrote', async (t) => {
  const { database } = await openTestDatabase(t);
  const counts = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      database.write(async (tx) => {
        await put(tx, name);
        return (await tx.all(selectNames, {})).length;
      }),
    ),
  );
  assert.deepEqual(counts, [1, 2, 3]);
});

test('a work resolves with its result when others see its rows, and not before', async (t) => {
  const { database, seenBeside } = await openWithBeside(t);
  let seenInWork: unknown[] = [];
  const result = await database.write(async (tx) => {
    await put(tx, 'a');
    seenInWork = seenBeside();
    return 'done';
  });
  assert.deepEqual([result, seenInWork, seenBeside()], ['done', [], ['a']]);
});

test('what is to be done after the commit is done then, in order, before anybody hears of it', async (t) => {
  const { database, seenBeside } = await openWithBeside(t);
  const order: unknown[] = [];
  const write = async (name: string): Promise<void> => {
    await database.write(async (tx) => {
      tx.afterCommit(() => order.push(`first after ${name}`, seenBeside().length));
      await put(tx, name);
      tx.afterCommit(() => order.push(`second after ${name}`));
    });
    order.push(`${name} resolved`);
  };
  await Promise.all([write('a'), write('b')]);
  const afterCommit = ['first after a', 2, 'second after a', 'first after b', 2, 'second after b'];
  assert.deepEqual(order, [...afterCommit, 'a resolved', 'b resolved']);
});

/** A work that writes and then fails, with the neighbours that it has in its group. */
const writeAroundFailure = (database: Database, fail: (tx: Transaction) => Promise<unknown>, said: string[] = []) => {
  const good = (name: string) =>
    database.write(async (tx) => {
      tx.afterCommit(() => said.push(name));
      await put(tx, name);
      return name;
    });
  const bad = database.write(async (tx) => {
    tx.afterCommit(() => said.push('bad'));
    await fail(tx);
  });
  return Promise.allSettled([good('before'), bad, good('after')]);
};

const failures: Readonly<Record<string, (tx: Transaction) => Promise<unknown>>> = {
  'throws after it wrote': async (tx) => {
    await put(tx, 'bad');
    throw new Error('broken');
  },
  'throws after it wrote with a query built on the spot': async (tx) => {
    await tx.kysely.insertInto('hub_meta').values({ name: 'bad', value: '' }).execute();
    throw new Error('broken');
  },
  'breaks a constraint with its second row': async (tx) => {
    await put(tx, 'bad');
    await put(tx, 'bad');
  },
  'throws before it writes': async () => {
    throw new Error('broken');
  },
};

for (const [what, fail] of Object.entries(failures)) {
  test(`a work that ${what} is rolled back alone, and its neighbours are kept`, async (t) => {
    const { database } = await openTestDatabase(t);
    const said: string[] = [];
    const outcomes = await writeAroundFailure(database, fail, said);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(await namesIn(database), ['after', 'before']);
    assert.deepEqual(said, ['before', 'after']);
  });
}

test('the error of a work comes to who asked for it, as it was thrown', async (t) => {
  const { database } = await openTestDatabase(t);
  const error = new Error('mine');
  for (const isWriting of [true, false]) {
    const work = async (tx: Transaction): Promise<void> => {
      if (isWriting) await put(tx, 'a');
      throw error;
    };
    await assert.rejects(database.write(work), (thrown) => thrown === error);
  }
});

test('a work that throws before it writes does not make its neighbours run again', async (t) => {
  const { database, folder } = await openTestDatabase(t);
  let runs = 0;
  const before = countCommits(folder);
  const count = (name: string) =>
    database.write((tx) => {
      runs += 1;
      return put(tx, name);
    });
  const failed = () => database.write(() => Promise.reject(new Error('nothing written')));
  await Promise.allSettled([count('a'), failed(), count('b'), failed()]);
  assert.deepEqual([runs, countCommits(folder) - before], [2, 1]);
});

test('whatever works do and however they fail, just those that succeed have written', async (t) => {
  const { database, seenBeside } = await openWithBeside(t);
  const works = array(
    record({ rows: array(constantFrom('kysely', 'statement'), { maxLength: 3 }), fails: constantFrom(false, true) }),
    { minLength: 1, maxLength: 12 },
  );
  let round = 0;
  const holds = asyncProperty(works, async (plan) => {
    const prefix = `r${String(round++).padStart(4, '0')}`;
    const committed: string[] = [];
    const outcomes = await Promise.allSettled(
      plan.map(({ rows, fails }, work) =>
        database.write(async (tx) => {
          tx.afterCommit(() => committed.push(String(work)));
          for (const [row, way] of rows.entries()) {
            const name = `${prefix}-${work}-${row}`;
            if (way === 'statement') await put(tx, name);
            else await tx.kysely.insertInto('hub_meta').values({ name, value: '' }).execute();
          }
          if (fails) throw new Error('as planned');
        }),
      ),
    );
    const good = plan.flatMap(({ fails }, work) => (fails ? [] : [work]));
    assert.deepEqual(
      outcomes.flatMap(({ status }, work) => (status === 'fulfilled' ? [work] : [])),
      good,
    );
    assert.deepEqual(committed, good.map(String));
    const expected = good.flatMap((work) => plan[work]!.rows.map((_, row) => `${prefix}-${work}-${row}`));
    const written = seenBeside().filter((name) => String(name).startsWith(`${prefix}-`));
    assert.deepEqual(written, expected.sort());
  });
  await forAll(holds, { numRuns: 60 });
});

test('many slow works do not hold the event loop until the last: the group is committed in parts, in order', async (t) => {
  const { database, folder } = await openTestDatabase(t);
  const before = countCommits(folder);
  const order: string[] = [];
  setImmediate(() => setImmediate(() => setImmediate(() => order.push('others had their turn'))));
  const slow = async (name: string): Promise<void> => {
    await database.write((tx) => {
      const until = performance.now() + 15;
      while (performance.now() < until);
      return put(tx, name);
    });
    order.push(name);
  };
  await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(slow));
  assert.deepEqual(
    order.filter((name) => name.length === 1),
    ['a', 'b', 'c', 'd', 'e', 'f'],
  );
  assert.ok(countCommits(folder) - before > 1);
  assert.ok(order.indexOf('others had their turn') < order.indexOf('f'));
});

test('close waits for what was asked for before it', async (t) => {
  const { database, seenBeside } = await openWithBeside(t);
  const writing = database.write((tx) => put(tx, 'last'));
  await database.close();
  await writing;
  assert.deepEqual(seenBeside(), ['last']);
});

const putAll: BulkWork<string, string> = async (tx, names) => {
  bulks.push(names);
  const outcomes: (string | HubError)[] = [];
  for (const name of names) {
    if (name.startsWith('refused')) {
      outcomes.push(new HubError('invalid_request', name));
      continue;
    }
    await put(tx, name);
    if (name.startsWith('broken')) throw new Error(name);
    outcomes.push(`put ${name}`);
  }
  return outcomes;
};
let bulks: (readonly string[])[] = [];

test('items of one bulk work that are asked for together are done in one call, each with its own outcome', async (t) => {
  const { database, folder } = await openTestDatabase(t);
  bulks = [];
  const before = countCommits(folder);
  const outcomes = await Promise.allSettled([
    database.writeEach(putAll, 'a'),
    database.write(async (tx) => `row ${typeof (await put(tx, 'between'))}`),
    database.writeEach(putAll, 'refused'),
    database.writeEach(putAll, 'b'),
  ]);
  assert.deepEqual(bulks, [['a', 'refused', 'b']]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ['put a', 'row number', 'refused', 'put b'],
  );
  assert.deepEqual(await namesIn(database), ['a', 'b', 'between']);
  assert.equal(countCommits(folder) - before, 1);
});

test('an item that breaks a bulk work is undone alone: the others are done again by themselves', async (t) => {
  const { database } = await openTestDatabase(t);
  bulks = [];
  const outcomes = await Promise.allSettled(['a', 'broken', 'b'].map((name) => database.writeEach(putAll, name)));
  assert.deepEqual(bulks, [['a', 'broken', 'b'], ['a'], ['broken'], ['b']]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    ['put a', 'broken', 'put b'],
  );
  assert.deepEqual(await namesIn(database), ['a', 'b']);
});
