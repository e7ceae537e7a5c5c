"""Calls a running Sirius through the package that openapi-python-client has made from its document.

mypy holds the calls to the package's types, and what the server answers otherwise fails here.
"""

import hashlib
import os

from sirius_client import Client
from sirius_client.api.images import get_image, get_image_content, get_random_image, list_images, list_tags
from sirius_client.api.visits import count_visit, get_visit_history, get_visits
from sirius_client.models import (
    GetRandomImageKind,
    GetRandomImageWalk,
    GetVisitHistoryStep,
    Image,
    ImageChoice,
    ImagePage,
    Problem,
    TagList,
    Visit,
    VisitHistory,
    VisitTotal,
)
from sirius_client.types import File


def main() -> None:
    with Client(base_url=f"{os.environ['TEST_URL']}/api/v1") as client:
        image = get_random_image.sync(client=client)
        assert isinstance(image, Image), image
        assert get_image.sync(image.id, client=client) == image

        content = get_image_content.sync(image.id, client=client)
        assert isinstance(content, File), content
        assert hashlib.sha256(content.payload.read()).hexdigest() == image.sha256

        still = GetRandomImageKind.STILL
        first, second = (get_random_image.sync(client=client, seed="monday", kind=still) for _ in range(2))
        assert first == second

        choice = get_random_image.sync(client=client, tag=["stars"], without=["moon"], count=2)
        assert isinstance(choice, ImageChoice), choice
        assert all("stars" in found.tags and "moon" not in found.tags for found in choice.items)

        walked = walk(client)
        assert walked == listed(client)

        tags = list_tags.sync(client=client)
        assert isinstance(tags, TagList), tags
        assert any(found.tag == "stars" and found.count > 0 for found in tags.items)

        numbers = {visit(client) for _ in range(3)}
        assert len(numbers) == 3, numbers
        total = get_visits.sync(client=client)
        assert isinstance(total, VisitTotal) and total.total >= 3, total
        history = get_visit_history.sync(client=client, step=GetVisitHistoryStep.DAY)
        assert isinstance(history, VisitHistory) and sum(step.count for step in history.items) >= 3, history

        wrong = get_image.sync("nothing", client=client)
        assert isinstance(wrong, Problem) and wrong.status == 404, wrong
        assert isinstance(wrong.trace_id, str) and len(wrong.trace_id) == 32, wrong
        print(f"Python: {len(walked)} images walked, 13 passed, 0 failed")


def walk(client: Client) -> set[str]:
    seen: set[str] = set()
    page = get_random_image.sync(client=client, walk=GetRandomImageWalk.TRUE)
    while True:
        assert isinstance(page, ImagePage), page
        assert seen.isdisjoint(image.id for image in page.items), page
        seen.update(image.id for image in page.items)
        if page.next_cursor is None:
            return seen
        page = get_random_image.sync(client=client, cursor=page.next_cursor)


def listed(client: Client) -> set[str]:
    ids: set[str] = set()
    page = list_images.sync(client=client, limit=4)
    while True:
        assert isinstance(page, ImagePage), page
        ids.update(image.id for image in page.items)
        if page.next_cursor is None:
            return ids
        page = list_images.sync(client=client, cursor=page.next_cursor)


def visit(client: Client) -> int:
    counted = count_visit.sync(client=client)
    assert isinstance(counted, Visit), counted
    return counted.number


if __name__ == "__main__":
    main()
