import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as forAll, maxSafeInteger, property } from 'fast-check';
import { fromPublicId, toPublicId } from '../../src/lib/public-id.js';

test('every key comes back from its public id', () => {
  const key = maxSafeInteger().map(Math.abs);
  forAll(property(key, (one) => one === 0 || fromPublicId('msg', toPublicId('msg', one)) === one));
  assert.equal(toPublicId('turn', 97), 'turn_97');
});

const refused: Readonly<Record<string, string>> = {
  'the id of another noun': 'dlv_1',
  'a noun that only begins alike': 'msgs_1',
  'no number': 'msg_',
  'a number alone': '1',
  'another separator': 'msg-1',
  'zero, which is nobody’s key': 'msg_0',
  'a leading zero': 'msg_01',
  'a sign': 'msg_+1',
  'a negative number': 'msg_-1',
  'a fraction': 'msg_1.5',
  'an exponent': 'msg_1e3',
  'hexadecimal digits': 'msg_0x1f',
  'space before': ' msg_1',
  'space after': 'msg_1 ',
  'a line break after': 'msg_1\n',
  'more than a safe integer': 'msg_9007199254740992',
  'too many digits': 'msg_11111111111111111',
  'digits of another script': 'msg_١',
  nothing: '',
};

for (const [what, id] of Object.entries(refused)) {
  test(`${what} is no id of a message`, () => assert.equal(fromPublicId('msg', id), undefined));
}
