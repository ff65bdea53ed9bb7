import asyncio
import os
import tempfile
import threading
import unittest
import uuid
from unittest import mock

from granger_hub import AsyncHub, EventsLost, Hub, HubProblem, HubUnreachable, NoReplyYet


def fresh(word: str) -> str:
    return f"{word}{uuid.uuid4().hex[:8]}"


class HubTest(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.sender, self.worker = fresh("Sender"), fresh("Worker")
        self.hub.register(self.sender)
        self.hub.register(self.worker, {"capabilities": [self.worker + "-work"]})

    def test_a_message_is_stored_claimed_completed_and_answered(self) -> None:
        sent = self.hub.send(self.worker, {"n": 1}, sender=self.sender, type="task.process", priority=7)
        self.assertEqual(sent["priority"], 7)
        (claimed,) = self.hub.claim(self.worker)
        self.assertEqual(claimed["message"]["payload"], {"n": 1})
        self.assertEqual(self.hub.complete(claimed, {"n": 2})["state"], "done")
        reply = self.hub.reply_to(sent["id"])
        assert reply is not None
        self.assertEqual((reply["payload"], reply["replyTo"]), ({"n": 2}, sent["id"]))

    def test_a_request_returns_the_reply(self) -> None:
        def answer() -> None:
            with Hub() as other:
                (claimed,) = other.claim(self.worker, wait=30)
                other.complete(claimed, {"text": claimed["message"]["payload"]["text"].upper()})

        thread = threading.Thread(target=answer)
        thread.start()
        reply = self.hub.request(self.worker, {"text": "grüße"}, sender=self.sender)
        thread.join()
        self.assertEqual(reply["payload"], {"text": "GRÜSSE"})

    def test_a_request_without_a_reply_says_which_message_it_was(self) -> None:
        with self.assertRaises(NoReplyYet) as caught:
            self.hub.request(self.worker, {}, sender=self.sender, wait=0.05)
        self.assertEqual(self.hub.message(caught.exception.message_id)["to"], self.worker)

    def test_a_request_whose_message_dies_says_that_no_reply_will_come(self) -> None:
        sent = self.hub.send(self.worker, {}, sender=self.sender)
        (claimed,) = self.hub.claim(self.worker)
        self.hub.fail(claimed, "never", code="broken", retryable=False)
        with self.assertRaises(HubProblem) as caught:
            self.hub.reply_to(sent["id"], wait=10)
        self.assertEqual(caught.exception.code, "no_reply_coming")

    def test_the_same_idempotency_key_stores_one_message(self) -> None:
        key = uuid.uuid4().hex
        ids = {self.hub.send(self.worker, {}, sender=self.sender, idempotency_key=key)["id"] for _ in range(3)}
        self.assertEqual(len(ids), 1)

    def test_many_messages_are_answered_one_by_one(self) -> None:
        results = self.hub.send_many([{"from": self.sender, "to": self.worker, "payload": 1}, {"from": self.sender, "to": "Nobody"}])
        self.assertEqual(results[0]["payload"], 1)
        self.assertEqual(results[1]["problem"]["code"], "module_not_found")

    def test_a_refusal_has_a_code_a_status_and_the_places(self) -> None:
        with self.assertRaises(HubProblem) as caught:
            self.hub.send(self.worker, {}, sender=self.sender, priority=11)
        error = caught.exception
        self.assertEqual((error.status, error.code, error.errors[0]["pointer"]), (400, "invalid_request", "/priority"))

    def test_a_lease_is_extended_released_and_lost(self) -> None:
        self.hub.send(self.worker, {}, sender=self.sender)
        (claimed,) = self.hub.claim(self.worker)
        (extended,) = self.hub.extend([(claimed["delivery"]["id"], claimed["delivery"]["lease"])], 300)
        self.assertGreater(extended["leaseExpiresAt"], claimed["delivery"]["leaseExpiresAt"])
        self.hub.release(claimed)
        with self.assertRaises(HubProblem) as caught:
            self.hub.complete(claimed)
        self.assertEqual((caught.exception.status, caught.exception.code), (409, "lease_lost"))

    def test_modules_are_found_by_what_they_can_do(self) -> None:
        found = self.hub.modules(capability=self.worker + "-work")
        self.assertEqual([module["name"] for module in found], [self.worker])

    def test_a_key_of_a_module_acts_as_this_module_only(self) -> None:
        with Hub(self.hub.url, self.hub.module_key(self.sender)) as own:
            self.assertEqual(own.send(self.worker, {})["from"], self.sender)
            with self.assertRaises(HubProblem) as caught:
                own.claim(self.worker)
            self.assertEqual(caught.exception.status, 403)

    def test_payloads_that_are_no_json_are_refused_before_they_are_sent(self) -> None:
        with self.assertRaises(ValueError):
            self.hub.send(self.worker, float("nan"), sender=self.sender)

    def test_a_hub_that_is_not_there_is_unreachable(self) -> None:
        with self.assertRaises(HubUnreachable):
            Hub("http://127.0.0.1:9", "key").stats()

    def test_the_data_folder_that_is_missing_is_named(self) -> None:
        empty = {variable: value for variable, value in os.environ.items() if not variable.startswith("GRANGER_")}
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, {**empty, "GRANGER_DATA": folder}, clear=True):
            with self.assertRaisesRegex(HubUnreachable, "GRANGER_URL"):
                Hub()

    def test_a_long_poll_ends_when_the_client_is_closed(self) -> None:
        other = Hub()
        errors: "list[Exception]" = []

        def poll() -> None:
            try:
                other.claim(self.worker, wait=60)
            except HubUnreachable as error:
                errors.append(error)

        thread = threading.Thread(target=poll)
        thread.start()
        while self.hub.call("GET", f"/v1/modules/{self.worker}/health")["status"] != "active" or not other._connection._in_use:
            pass  # until the poll is under way
        other.close()
        thread.join(10)
        self.assertFalse(thread.is_alive())
        self.assertEqual(len(errors), 1)


class EventsTest(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.sender, self.worker = fresh("Sender"), fresh("Worker")
        self.hub.register(self.sender)
        self.hub.register(self.worker)

    def test_events_come_each_once_and_in_order(self) -> None:
        with self.hub.events(types="message.sent", module=self.worker) as events:
            sent = [self.hub.send(self.worker, n, sender=self.sender)["id"] for n in range(20)]
            self.assertEqual([next(events)["subject"]["messageId"] for _ in sent], sent)

    def test_a_stream_that_is_cut_goes_on_where_it_was(self) -> None:
        with self.hub.events(types="message.sent", module=self.worker) as events:
            sent, seen = [], []
            for n in range(5):
                sent.append(self.hub.send(self.worker, n, sender=self.sender)["id"])
                seen.append(next(events)["subject"]["messageId"])
                events._stream.interrupt()
            self.assertEqual(seen, sent)

    def test_a_closed_stream_ends_the_iteration_of_another_thread(self) -> None:
        events = self.hub.events(types="message.sent", module=self.worker)
        self.hub.send(self.worker, 1, sender=self.sender)
        next(events)
        rest: "list[object]" = []
        thread = threading.Thread(target=lambda: rest.extend(events))
        thread.start()
        events.close()
        thread.join(10)
        self.assertFalse(thread.is_alive())
        self.assertEqual(rest, [])


class LostEventsTest(unittest.TestCase):
    """On a hub whose first three events are not kept any more."""

    def test_a_stream_says_where_there_is_a_gap(self) -> None:
        with Hub() as hub, hub.events(after=1) as events:
            with self.assertRaises(EventsLost) as caught:
                next(events)
            self.assertEqual(caught.exception.oldest_seq, 4)
        with Hub() as hub, hub.events(after=3) as events:
            self.assertEqual(next(events)["seq"], 4)


class AsyncHubTest(unittest.IsolatedAsyncioTestCase):
    async def test_the_same_calls_are_awaited(self) -> None:
        sender, worker = fresh("Sender"), fresh("Worker")
        async with AsyncHub() as hub:
            await hub.register(sender)
            await hub.register(worker)
            request = asyncio.create_task(hub.request(worker, {"n": 20}, sender=sender))
            (claimed,) = await hub.claim(worker, wait=30)
            await hub.complete(claimed, {"n": claimed["message"]["payload"]["n"] + 1})
            self.assertEqual((await request)["payload"], {"n": 21})

    async def test_what_a_cancelled_claim_brings_is_given_back(self) -> None:
        sender, worker = fresh("Sender"), fresh("Worker")
        async with AsyncHub() as hub:
            await hub.register(sender)
            await hub.register(worker)
            claiming = asyncio.create_task(hub.claim(worker, wait=30))
            await asyncio.sleep(0)
            claiming.cancel()
            await asyncio.gather(claiming, return_exceptions=True)
            events = hub.events(types="delivery.released", module=worker)
            following = asyncio.create_task(events.__anext__())
            await hub.send(worker, 1, sender=sender)
            await following
            await events.aclose()
            (claimed,) = await hub.claim(worker, wait=30)
            self.assertEqual(claimed["delivery"]["attempt"], 1)

    async def test_events_are_iterated_over(self) -> None:
        sender, worker = fresh("Sender"), fresh("Worker")
        async with AsyncHub() as hub:
            await hub.register(sender)
            await hub.register(worker)
            after = await hub.last_seq()
            sent = [(await hub.send(worker, n, sender=sender))["id"] for n in range(3)]
            seen = []
            async for event in hub.events(after=after, types="message.sent", module=worker):
                seen.append(event["subject"]["messageId"])
                if len(seen) == 3:
                    break
            self.assertEqual(seen, sent)


if __name__ == "__main__":
    unittest.main()
