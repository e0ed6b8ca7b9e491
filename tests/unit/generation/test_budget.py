"""A budget is never passed, and what it held back too much of is used."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_llmbench.generation.budget import Budget, Room
from pytest_llmbench.vocabulary import EndpointFailure, Generation, Message, Model, Request, Usage

MODEL = Model(name="m", type="openai", model="m")


def request(sample: int = 0) -> Request:
    return Request(model=MODEL, messages=(Message(role="user", content="?"),), sample=sample)


def budget(limit: float, most: float = 1.0) -> Budget:
    return Budget(
        limit,
        most_usd=lambda _: most,
        cost_usd=lambda _, generation: generation.usage.output_tokens,
    )


def answer(cost: int | None) -> Generation:
    return Generation(usage=Usage(output_tokens=cost))


def failed(kind: str) -> Generation:
    return Generation(failure=EndpointFailure(kind=kind, message="x"))


def test_what_is_in_flight_is_held_back_until_it_is_known() -> None:
    money = budget(2.5)
    first, second = request(), request()
    money.sent(first)
    money.sent(second)

    assert Room.LATER is money.room(request())
    money.came(first, answer(0))
    assert Room.NOW is money.room(request())
    money.came(second, answer(2))
    assert Room.NEVER is money.room(request())


def test_what_the_server_left_out_of_its_answer_costs_nothing() -> None:
    money = budget(2.0)
    answered, left_out = request(), request(1)
    assert money.has_room_for([answered, left_out])
    assert not money.has_room_for([answered, left_out, request(2)])
    money.sent(answered)
    money.sent(left_out)
    money.unanswered(left_out)
    money.came(answered, answer(1))
    assert Room.NOW is money.room(left_out)


def test_an_unknown_cost_is_what_it_could_have_been() -> None:
    money = budget(1.5)
    asked = request()
    money.sent(asked)
    money.came(asked, answer(None))

    assert Room.NEVER is money.room(request())


def test_failures_that_nobody_bills_cost_nothing_and_others_may_have() -> None:
    for kind, room in (("rate_limited", Room.NOW), ("auth", Room.NOW), ("timeout", Room.NEVER)):
        money = budget(1.5)
        asked = request()
        money.sent(asked)
        money.came(asked, failed(kind))

        assert room is money.room(request()), kind


def test_who_waits_is_woken() -> None:
    money = budget(1)
    woken: list[str] = []
    money.listen(lambda: woken.append("once"))
    asked = request()
    money.sent(asked)
    money.came(asked, answer(1))

    assert ["once"] == woken


@given(
    st.floats(min_value=0.1, max_value=20),
    st.lists(st.integers(min_value=0, max_value=3), max_size=40),
    st.integers(min_value=1, max_value=8),
)
def test_it_is_never_passed_while_nothing_costs_more_than_it_could(
    limit: float, costs: list[int], slots: int
) -> None:
    money = budget(limit, most=3)
    in_flight: list[tuple[Request, int]] = []
    spent = 0
    for cost in costs:
        asked = request()
        while money.room(asked) is Room.LATER or len(in_flight) == slots:
            done, its = in_flight.pop(0)
            money.came(done, answer(its))
            spent += its
        if money.room(asked) is Room.NOW:
            money.sent(asked)
            in_flight.append((asked, cost))
    spent += sum(its for _, its in in_flight)

    assert spent <= limit
