"""Sums what Producer sends. PYTHONPATH=clients/python python3 examples/producer-processor/processor.py"""

from granger_hub import BaseModule, WorkFailed


class Processor(BaseModule):
    name = "Processor"
    description = "Sums numbers"
    capabilities = ["statistics"]
    input_schema = {"type": "object", "properties": {"numbers": {"type": "array", "items": {"type": "number"}}}, "required": ["numbers"]}

    def process(self, data):
        numbers = data["numbers"]
        if not numbers:
            raise WorkFailed("no_numbers", "There is nothing to sum.", retryable=False)
        return {"count": len(numbers), "sum": sum(numbers)}


Processor().run()
