"""A question's way to its answer, in order: understand, retrieve, read, compose."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Unpack

from assistant.answer import REFUSALS, Answer, Claim, Reason, Refusal, more_than
from assistant.asked import NEWEST, asked, by_whom
from assistant.compose import compose, nearest
from assistant.disputes import Dispute, disputes
from assistant.extract import Candidate, candidates, is_about, listed, most_listed, select
from assistant.followup import History
from assistant.gate import Gate, Verdict, judge, on_its_days
from assistant.language import foreign, language
from assistant.question import parts, understand
from assistant.refuse import left_out, none_selected, nothing_read, refusal_message, unaskable
from assistant.said import Listing, Said, list_said
from assistant.short import short_answer, side_by_side
from index.article import Article
from index.clean import storable
from index.errors import LoadError, WhosaidError
from index.filters import Filters, Selection
from index.library import AddReport, Library, Progress
from index.load import DEFAULT_LIMITS, Limits
from index.retrieve import Hit, holding, newest, retrieve

if TYPE_CHECKING:
    from assistant.llama import AssistantChatEngine, AssistantQueryEngine
    from assistant.llm import LLM, Model
    from index.llama import LibraryRetriever

PASSAGES = 10  # read for one question
EVERYWHERE = 40  # passages that are read where all that was said of anything is asked for
STORIES = 5  # articles that are read further where all that was said is asked for


class Assistant:
    """Answers questions about the articles of one library.

    with Assistant.open("news/") as assistant:
        assistant.add("article.txt", "https://example.org/feed.xml")
        answer = assistant.ask("Who denied what?")
    """

    def __init__(
        self,
        library: Library,
        gate: Gate | None = None,
        model: "Model | None" = None,
        judge: bool = False,
    ) -> None:
        """
        Args:
            gate: decides whether to answer; the fitted one that is shipped when None.
            model: words the answers; they are in the articles' own words when None.
            judge: as for `open`.

        Raises:
            WhosaidError: there is no model to judge.
        """
        _must_have_model(model, judge)
        self.library = library
        self.model = model
        self.judge = judge
        self._gate = gate

    @classmethod
    def open(
        cls,
        place: str | Path,
        llm: "LLM | Model | str | None" = None,
        vectors: str | None = None,
        judge: bool = False,
    ) -> "Assistant":
        """Open a library, which is made when there is none.

        Args:
            place: a folder, or "postgresql://USER@HOST/DATABASE".
            vectors: of a library in PostgreSQL: the Chroma server, "http://HOST:PORT".
            llm: a language model that words the answers: any of LlamaIndex's, one with limits of
                its own, or words such as "openai-like:MODEL@http://127.0.0.1:8080/v1" (the key, if
                it wants one, in WHOSAID_LLM_KEY). Nothing is sent anywhere without one.
            judge: each statement of the model's that passes our checks is put to it once more, with
                the sentences it cites, and withheld unless it says that they bear it out.

        Raises:
            LibraryError: the place cannot be used, or holds a library of another kind.
            WhosaidError: `llm` names no model, or is none while `judge` wants one.
        """
        _must_have_model(llm, judge)  # before the library is open
        model = None
        if llm is not None:
            from assistant.llm import model_of  # imports LlamaIndex's core

            model = model_of(llm)
        return cls(Library(place, vectors=vectors), model=model, judge=judge)

    def close(self) -> None:
        self.library.close()

    def __enter__(self) -> "Assistant":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(
        self,
        *sources: str | Path | Article | LoadError,
        progress: Progress | None = None,
        limits: Limits = DEFAULT_LIMITS,
        ray: str | None = None,
    ) -> AddReport:
        """Add files, folders, URLs or feeds; see `Library.add`."""
        return self.library.add(*sources, progress=progress, limits=limits, ray=ray)

    def remove(self, article_id: str) -> None:
        """Remove an article; see `Library.remove`."""
        self.library.remove(article_id)

    def ask(
        self,
        question: str,
        history: History = (),
        articles: Iterable[str] | None = None,
        publishers: Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
        on_claim: Callable[[Claim], None] | None = None,
    ) -> Answer:
        """Answer a question from the library's articles, or refuse.

        Args:
            history: (question, answer text) of earlier turns, oldest first.
            articles: ids; only these articles are asked. Likewise `publishers` (names) and the
                days of publication `since` and `until` (dates or ISO strings, both included).
            on_claim: called with each claim of a language model as soon as it is checked. What
                counts is the answer that is returned: when the model then fails, it has others.

        Returns:
            An answer whose claims cite sentences, or one with `refusal`: refusing is no error.

        Raises:
            ValueError: a date is not in ISO format.
        """
        started = perf_counter()
        filters = Filters.of(articles, publishers, since, until)
        question = storable(question)
        history = [(storable(one), storable(other)) for one, other in history]
        understood = understand(question, history, self.model)
        ready = perf_counter()
        with self.library.snapshot():
            hits = self._retrieve(understood, filters)
            retrieved = perf_counter()
            read = self._read(understood, hits, filters)
            answered = [part for part in read if part.verdict.answered]
            chosen = [candidate for part in answered for candidate in part.chosen]
            claims = compose(self.library, chosen)
            refusal = None if claims else self._refuse(understood, read, filters)
            ended = perf_counter()
            answer = Answer(
                question=question,
                understood=understood,
                claims=claims,
                short=side_by_side(
                    short_answer(asked(part.question), part.chosen) for part in answered
                ),
                refusal=refusal,
                confidence=min((part.verdict.confidence for part in answered), default=0.0),
                unanswered=tuple(p.question for p in read if claims and not p.verdict.answered),
                more=" ".join(part.more for part in answered if part.more),
                timings={"retrieve": retrieved - ready, "read": ended - retrieved},
            )
            if self.model is None:
                return answer
            return self._word(self.model, answer, answered, ready - started, on_claim)

    def said(
        self,
        speaker: str = "",
        act: str = "",
        about: str = "",
        articles: Iterable[str] | None = None,
        publishers: Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> Listing[Said]:
        """Who said what: all attributions that match, newest article first.

        Of a large library not all; the list's `note` says what is left out.

        Args:
            speaker: any part of a name or role ("Hajiyev", "the adviser").
            act: "deny", "accuse", ... (`index/acts.toml`), or a verb that reports one ("rejected").
            about: words that what was said has, in any inflection.
            articles, publishers, since, until: as for `ask`.

        Raises:
            ValueError: no such act is known, or a date is not in ISO format.
        """
        filters = Filters.of(articles, publishers, since, until)
        with self.library.snapshot():
            return list_said(self.library, speaker, act, about, filters)

    def disputes(
        self,
        about: str = "",
        articles: Iterable[str] | None = None,
        publishers: Iterable[str] | None = None,
        since: date | str | None = None,
        until: date | str | None = None,
    ) -> Listing[Dispute]:
        """Accusations and claims beside the denials of the same matter, answered ones first; then
        accusations that nobody denies; then denials of what nobody is reported to claim.

        Of very many not all are compared; the list's `note` says which.

        Args:
            about: words that one of the sides has; filters as for `ask`.

        Raises:
            ValueError: a date is not in ISO format.
        """
        filters = Filters.of(articles, publishers, since, until)
        with self.library.snapshot():
            return disputes(self.library, about, filters)

    def as_query_engine(self, **filters: Unpack[Selection]) -> "AssistantQueryEngine":
        """For LlamaIndex: a query engine whose source nodes are the cited sentences.

        Args:
            filters: as for `ask`.

        Raises:
            ValueError: a date is not in ISO format.
        """
        from assistant.llama import AssistantQueryEngine

        return AssistantQueryEngine(self, Filters.of(**filters))

    def as_chat_engine(self, **filters: Unpack[Selection]) -> "AssistantChatEngine":
        """For LlamaIndex: a conversation. Filters and errors as for `as_query_engine`."""
        from assistant.llama import AssistantChatEngine

        return AssistantChatEngine(self, Filters.of(**filters))

    def as_retriever(self, count: int = 10, **filters: Unpack[Selection]) -> "LibraryRetriever":
        """For LlamaIndex: the passages alone. Filters and errors as for `as_query_engine`."""
        from index.llama import LibraryRetriever

        return LibraryRetriever(self.library, count, Filters.of(**filters))

    def _retrieve(self, question: str, filters: Filters | None = None) -> list[Hit]:
        """The passages that most likely answer, those in another language left out.

        A question in English, which the reader knows, is put to those only where there is nothing
        else.
        """
        if unaskable(question):
            return []
        if asked(question) == NEWEST:
            hits = newest(self.library, PASSAGES, filters)
        else:
            hits = retrieve(self.library, question, PASSAGES, filters)
        near = [hit for hit in hits if not foreign(question, hit.text)]
        if language(question) != "english":
            return near
        return [hit for hit in near if language(hit.text) in ("", "english")] or near

    def _read(self, question: str, hits: Sequence[Hit], filters: Filters) -> list["_Part"]:
        """Each part of the question, read and judged.

        For a yes to "Was Venn accused of it?" somebody has to be reported to have done so.
        """
        if unaskable(question):
            return []  # nor where all that was said is asked for, whatever was retrieved
        found: list[_Part] = []
        for part in parts(question):
            read = by_whom(part)
            ranked = candidates(self.library, read, self._passages(read, hits, filters))
            kept = on_its_days(read, ranked)
            every = listed(read, kept)
            selected = most_listed(every) if every else select(read, kept)
            chosen = [c for c in selected if read == part or c.features.act]
            verdict = judge(self.library, read, ranked, chosen, self._gate)
            more = more_than(len(chosen), len(every), asked(read).act) if every else ""
            found.append(_Part(part, ranked, chosen, verdict, more))
        return found

    def _passages(self, question: str, hits: Sequence[Hit], filters: Filters) -> list[Hit]:
        """What is read for a part of the question: what was found, and what is beside it.

        Where all that was denied, of anything, is asked for, no passage is nearer than another:
        those that report a denial are read, of the newest articles first.
        """
        slots = asked(question)
        if slots.wanted != "all" or slots.topic:
            return [*hits, *self._beside(question, hits, filters)]
        reported = self.library.attributions(filters, None if slots.act == "say" else [slots.act])
        found = holding(self.library, (a for a in reported if a.content), EVERYWHERE)
        return [hit for hit in found if not foreign(question, hit.text)] or list(hits)

    def _beside(self, question: str, hits: Sequence[Hit], filters: Filters) -> list[Hit]:
        """What else is in the articles that were found, where all of it is asked for."""
        slots = asked(question)
        if slots.wanted not in ("all", "story") or slots == NEWEST:
            return []
        found = dict.fromkeys(hit.passage.article_id for hit in hits)
        about = [i for i in found if is_about(self.library.article(i), slots)][:STORIES]
        narrowed = replace(filters, articles=frozenset(about))
        seen = {hit.passage.id for hit in hits}
        more = retrieve(self.library, question, 2 * PASSAGES, narrowed)
        return [hit for hit in more if hit.passage.id not in seen]

    def _word(
        self,
        model: "Model",
        answer: Answer,
        answered: Sequence["_Part"],
        spent: float,
        on_claim: Callable[[Claim], None] | None,
    ) -> Answer:
        """The answer in the model's words; a refusal stays one, and the model is not asked."""
        timings = answer.timings | {"understand": spent}
        if answer.refused:
            return replace(answer, timings=timings)
        from assistant.judging import judged
        from assistant.wording import word

        started = perf_counter()
        seconds = model.limit - spent
        judge = partial(judged, model, started + seconds) if self.judge else None
        question = " ".join(part.question for part in answered)
        others = [
            candidate
            for part in answered
            for candidate in part.ranked
            if candidate.features.context and candidate not in part.chosen
        ]
        others.sort(key=lambda candidate: -candidate.probability)
        worded = word(self.library, model, question, answer, others, seconds, on_claim, judge)
        return replace(worded, timings=timings | {"word": perf_counter() - started})

    def _refuse(self, question: str, read: Sequence["_Part"], filters: Filters) -> Refusal:
        ranked = [candidate for part in read for candidate in part.ranked]
        reason: Reason = "unsupported"
        message = nothing_read(question) if not ranked else ""
        elsewhere = self._would_answer(question) if filters else None
        if elsewhere:
            reason, message = "filtered_out", left_out(elsewhere)
        elif not any(candidate.features.coverage for candidate in ranked):
            reason = "no_evidence"
            if filters and not message:
                message = none_selected(filters, bool(newest(self.library, 1, filters)))
        else:
            message = refusal_message(question, ranked, [part.verdict for part in read])
        found = nearest(*(part.ranked for part in read))
        return Refusal(reason, message or REFUSALS[reason], found)

    def _would_answer(self, question: str) -> Article | None:
        """The article of the whole library that answers what the selected ones do not."""
        read = self._read(question, self._retrieve(question), Filters())
        return next((part.chosen[0].article for part in read if part.verdict.answered), None)


def _must_have_model(model: object, judge: bool) -> None:
    if judge and model is None:
        raise WhosaidError("there is no language model to judge: judge=True wants llm=..., too")


@dataclass(frozen=True)
class _Part:
    """A question, or one of the questions that it holds, with the sentences that may answer it.

    Attributes:
        more: that a list is not all of what was found; "" where it is, and for other answers.
    """

    question: str
    ranked: list[Candidate]
    chosen: list[Candidate]
    verdict: Verdict
    more: str
