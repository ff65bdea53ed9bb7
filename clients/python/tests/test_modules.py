import asyncio
import subprocess
import sys
import threading
import unittest
import uuid
from pathlib import Path
from typing import Any

from granger_hub import AsyncBaseModule, BaseModule, Hub, HubProblem, Message, WorkFailed


def fresh(word: str) -> str:
    return f"{word}{uuid.uuid4().hex[:8]}"


class Upper(BaseModule):
    name = fresh("Upper")
    description = "Writes text in capitals"
    capabilities = ("text.upper",)
    input_schema = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}

    def process(self, data: Any) -> Any:
        return {"text": data["text"].upper()}


class ModuleTest(unittest.TestCase):
    def setUp(self) -> None:
        self.hub = Hub()
        self.addCleanup(self.hub.close)
        self.sender = fresh("Sender")
        self.hub.register(self.sender)

    def test_a_class_with_a_process_answers_requests(self) -> None:
        with Upper():
            self.assertEqual(self.hub.request(Upper.name, {"text": "hello"}, sender=self.sender)["payload"], {"text": "HELLO"})

    def test_a_module_without_process_or_name_cannot_be_made(self) -> None:
        class Nothing(BaseModule):
            name = "Nothing"

        class Nameless(BaseModule):
            def process(self, data: Any) -> Any:
                return data

        with self.assertRaises(TypeError):
            Nothing()  # type: ignore[abstract]
        with self.assertRaisesRegex(ValueError, "name"):
            Nameless()

    def test_it_is_registered_with_all_that_it_says_of_itself(self) -> None:
        with Upper():
            module = self.hub.module(Upper.name)
            self.assertEqual((module["capabilities"], module["inputSchema"]), (["text.upper"], Upper.input_schema))
            with self.assertRaises(HubProblem) as caught:
                self.hub.send(Upper.name, {"text": 1}, sender=self.sender)
            self.assertEqual(caught.exception.status, 422)

    def test_handlers_take_the_types_that_they_are_registered_for(self) -> None:
        class Both(BaseModule):
            name = fresh("Both")

            def process(self, data: Any) -> Any:
                return "processed"

        module = Both()
        module.register_handler("ping", lambda message: {"pong": message["payload"]})
        with module:
            self.assertEqual(self.hub.request(Both.name, 1, sender=self.sender, type="ping")["payload"], {"pong": 1})
            self.assertEqual(self.hub.request(Both.name, 1, sender=self.sender, type="other")["payload"], "processed")

    def test_what_a_handler_raises_is_tried_again(self) -> None:
        class Shaky(BaseModule):
            name = fresh("Shaky")
            tries = 0

            def process(self, data: Any) -> Any:
                self.tries += 1
                if self.tries == 1:
                    raise RuntimeError("not yet")
                return self.tries

        with self.assertLogs("granger_hub", "ERROR"), Shaky():
            self.assertEqual(self.hub.request(Shaky.name, None, sender=self.sender, wait=60)["payload"], 2)

    def test_what_a_handler_refuses_is_a_dead_letter_at_once(self) -> None:
        class Strict(BaseModule):
            name = fresh("Strict")

            def process(self, data: Any) -> Any:
                raise WorkFailed("unknown_account", "no such account", retryable=False)

        with self.assertLogs("granger_hub", "ERROR"), Strict():
            with self.assertRaises(HubProblem) as caught:
                self.hub.request(Strict.name, 1, sender=self.sender)
            self.assertEqual(caught.exception.code, "no_reply_coming")
        (dead,) = self.hub.pages("/v1/dead-letters", {"module": Strict.name})
        self.assertEqual(dead["delivery"]["error"], {"code": "unknown_account", "message": "no such account"})

    def test_modules_ask_each_other_within_one_correlation(self) -> None:
        class Asker(BaseModule):
            name = fresh("Asker")

            def process(self, data: Any) -> Any:
                return self.send_to(Upper.name, "in capitals, please", {"text": data["text"] + "!"}, wait=30)["payload"]

        with Upper(), Asker():
            sent = self.hub.send(Asker.name, {"text": "hi"}, sender=self.sender, correlation_id=fresh("order-"))
            reply = self.hub.reply_to(sent["id"], wait=30)
            assert reply is not None
            self.assertEqual(reply["payload"], {"text": "HI!"})
        carried = self.hub.call("GET", "/v1/messages", query={"to": Upper.name, "correlationId": sent["correlationId"]})
        self.assertEqual(len(carried["items"]), 1)

    def test_two_modules_do_not_answer_each_others_replies(self) -> None:
        replies: "list[Message]" = []
        arrived = threading.Event()

        class Teller(BaseModule):
            name = fresh("Teller")

            def process(self, data: Any) -> Any:
                return "never asked"

            def on_reply(self, message: Message) -> None:
                replies.append(message)
                arrived.set()

        with Upper(), Teller() as teller:
            sent = teller.send_to(Upper.name, "please", {"text": "a"})
            self.assertTrue(arrived.wait(30))
        self.assertEqual([(reply["payload"], reply["replyTo"]) for reply in replies], [({"text": "A"}, sent["id"])])

    def test_a_stop_lets_the_handler_end_and_takes_nothing_new(self) -> None:
        begun, go_on = threading.Event(), threading.Event()

        class Slow(BaseModule):
            name = fresh("Slow")

            def process(self, data: Any) -> Any:
                begun.set()
                go_on.wait(30)
                return data

        module = Slow()
        module.start()
        first, second = (self.hub.send(Slow.name, n, sender=self.sender) for n in (1, 2))
        self.assertTrue(begun.wait(30))
        stopping = threading.Thread(target=module.stop)
        stopping.start()
        go_on.set()
        stopping.join(30)
        self.assertEqual(self.hub.reply_to(first["id"])["payload"], 1)  # type: ignore[index]
        self.assertEqual(self.hub.message(second["id"])["deliveries"][0]["state"], "pending")
        module.stop()

    def test_a_stop_gives_back_what_does_not_end_in_time(self) -> None:
        begun, go_on = threading.Event(), threading.Event()

        class Stuck(BaseModule):
            name = fresh("Stuck")

            def process(self, data: Any) -> Any:
                begun.set()
                go_on.wait(30)

        module = Stuck()
        module.start()
        sent = self.hub.send(Stuck.name, 1, sender=self.sender)
        self.assertTrue(begun.wait(30))
        module.stop(timeout=0)
        self.assertEqual(self.hub.message(sent["id"])["deliveries"][0]["state"], "pending")
        go_on.set()

    def test_a_lease_is_kept_for_as_long_as_the_handler_works(self) -> None:
        begun, go_on = threading.Event(), threading.Event()

        class Patient(BaseModule):
            name = fresh("Patient")
            lease_seconds = 5
            heartbeat_seconds = 0.05

            def process(self, data: Any) -> Any:
                begun.set()
                go_on.wait(30)
                return "done"

        with Patient():
            sent = self.hub.send(Patient.name, 1, sender=self.sender)
            self.assertTrue(begun.wait(30))
            first = self._lease_end(sent)
            while self._lease_end(sent) == first:
                pass  # until the lease has been extended
            go_on.set()
            self.assertEqual(self.hub.reply_to(sent["id"], wait=30)["payload"], "done")  # type: ignore[index]

    def _lease_end(self, message: Message) -> str:
        return self.hub.message(message["id"])["deliveries"][0]["leaseExpiresAt"]

    def test_as_many_as_it_says_are_handled_at_the_same_time(self) -> None:
        meeting = threading.Barrier(4)

        class Wide(BaseModule):
            name = fresh("Wide")
            concurrency = 4

            def process(self, data: Any) -> Any:
                meeting.wait(30)
                return data

        with Wide():
            sent = [self.hub.send(Wide.name, n, sender=self.sender)["id"] for n in range(8)]
            self.assertEqual([self.hub.reply_to(id, wait=30)["payload"] for id in sent], list(range(8)))  # type: ignore[index]

    def test_channels_are_subscribed_to(self) -> None:
        heard: "list[Any]" = []
        arrived = threading.Event()

        class Listener(BaseModule):
            name = fresh("Listener")
            channels = (fresh("news"),)

            def process(self, data: Any) -> Any:
                heard.append(data)
                arrived.set()

        with Listener():
            self.hub.send(channel=Listener.channels[0], payload="extra", sender=self.sender)
            self.assertTrue(arrived.wait(30))
        self.assertEqual(heard, ["extra"])

    def test_it_registers_again_where_it_was_removed(self) -> None:
        module = Upper()
        with self.assertLogs("granger_hub", "WARNING"), module:
            self.hub.remove(Upper.name, force=True)
            while True:
                try:
                    reply = self.hub.request(Upper.name, {"text": "back"}, sender=self.sender)
                    break
                except HubProblem as error:
                    self.assertEqual(error.code, "module_not_found")
        self.assertEqual(reply["payload"], {"text": "BACK"})

    def test_a_program_that_runs_a_module_stops_at_sigterm(self) -> None:
        module = fresh("Program")
        code = f"""
from granger_hub import BaseModule
class Program(BaseModule):
    name = {module!r}
    def process(self, data):
        return data
Program().run()
"""
        program = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1])
        try:
            while True:
                try:
                    self.assertEqual(self.hub.request(module, 5, sender=self.sender)["payload"], 5)
                    break
                except HubProblem as error:
                    self.assertEqual(error.code, "module_not_found")
            program.terminate()
            self.assertEqual(program.wait(30), 0)
        finally:
            program.kill()


class AsyncModuleTest(unittest.IsolatedAsyncioTestCase):
    async def test_process_is_awaited_and_the_reply_sent(self) -> None:
        class Asynchronous(AsyncBaseModule):
            name = fresh("Asynchronous")
            concurrency = 3

            async def process(self, data: Any) -> Any:
                await asyncio.sleep(0)
                return data * 2

        with Hub() as hub:
            sender = fresh("Sender")
            hub.register(sender)
            async with Asynchronous() as module:
                replies = await asyncio.gather(*(module.hub.request(Asynchronous.name, n, sender=sender) for n in range(9)))
        self.assertEqual([reply["payload"] for reply in replies], [n * 2 for n in range(9)])

    async def test_a_stop_cancels_and_gives_back_what_does_not_end_in_time(self) -> None:
        begun = asyncio.Event()

        class Endless(AsyncBaseModule):
            name = fresh("Endless")

            async def process(self, data: Any) -> Any:
                begun.set()
                await asyncio.Event().wait()

        with Hub() as hub:
            sender = fresh("Sender")
            hub.register(sender)
            module = Endless(hub)
            await module.start()
            sent = await module.hub.send(Endless.name, 1, sender=sender)
            await begun.wait()
            await module.stop(timeout=0)
            self.assertEqual(hub.message(sent["id"])["deliveries"][0]["state"], "pending")

    async def test_modules_of_both_kinds_talk_to_each_other(self) -> None:
        class Asker(AsyncBaseModule):
            name = fresh("Asker")

            async def process(self, data: Any) -> Any:
                return (await self.send_to(Upper.name, "please", {"text": data}, wait=30))["payload"]

        with Hub() as hub:
            sender = fresh("Sender")
            hub.register(sender)
            with Upper():
                async with Asker() as asker:
                    reply = await asker.hub.request(Asker.name, "both", sender=sender)
        self.assertEqual(reply["payload"], {"text": "BOTH"})


if __name__ == "__main__":
    unittest.main()
