"""Training: what the network is shown is right, and a run that was killed goes on."""

import json
import random
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.reader import Reader
from assistant.train import libraries
from assistant.train.attributions import questions, read_news, windows
from assistant.train.batches import (
    IGNORED,
    batched,
    collate,
    question_rows,
    question_tokenizer,
    window_rows,
)
from assistant.train.checked import count
from assistant.train.claims import read_news_claims
from assistant.train.examples import (
    HELD_OUT,
    Example,
    close_examples,
    crop,
    held_out,
    questions_to_read,
    read_questions,
    read_unanswerable,
    surround,
)
from assistant.train.export import export, ship
from assistant.train.libraries import dealt, small_libraries
from assistant.train.loop import AnotherRun, Recipe, loss_of, rate_at, sha256, train
from assistant.train.network import (
    LINKS,
    SPANS,
    SUPPORT,
    Network,
    average,
    dequantised,
    load_network,
    simulate_int8,
)
from assistant.train.newsroom import (
    OFF_TOPIC,
    NewsQuestion,
    for_reader,
    news_examples,
    read_articles,
    read_news_questions,
    texts_of,
)
from assistant.train.swaps import NewsSwapper, Swapper
from conftest import BUDGET, FERRY
from index.library import Library
from index.network import INSIDE, LINK, OnnxNetwork, load_card

TEXT = (
    "The ferry Alba sank off Port Merrin in 1931. Captain Ines Tolland denied that it had been "
    "overloaded. The largest insurer paid 212 crowns. Nobody at Wexholm was told. It rained."
)
NEWS = "“The pumps failed,” said engineer Orla Venn on Monday. She denied that she had been warned."


def example(question: str, answer: str) -> Example:
    start = TEXT.index(answer)
    return Example(question, TEXT, (start, start + len(answer)))


def test_an_example_has_the_answer_that_most_gave(tmp_path: Path) -> None:
    row = {"id": "1", "dataset": "d", "title": "t", "question": " Who? ", "context": TEXT}
    answers = [{"text": t, "start": TEXT.index(t)} for t in ("Ines", "Ines Tolland", "Ines")]
    wrong = row | {"id": "2", "answers": [{"text": "Ines", "start": 3}]}
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(json.dumps(r) for r in (row | {"answers": answers}, wrong)))
    (question,) = read_questions(path)
    assert question.example == example("Who?", "Ines")


@given(st.integers(0, 10_000), st.integers(1, 5), st.sampled_from(["1931", "Ines Tolland", "212"]))
def test_cropping_and_surrounding_keep_the_answer(seed: int, most: int, answer: str) -> None:
    draw = random.Random(seed)
    cut = crop(example("?", answer), draw, most)
    assert cut.answer
    assert cut.context[slice(*cut.answer)] == answer
    assert cut.context in TEXT
    around = surround(cut, ["One.", "Two two.", "Three.", "Four."], draw)
    assert around.answer
    assert around.context[slice(*around.answer)] == answer


@given(st.integers(0, 10_000))
def test_a_swapped_question_is_another_one_and_has_no_answer(seed: int) -> None:
    asked = example("What did the largest insurer of Port Merrin pay in 1931?", "212 crowns")
    swapper = Swapper(["What did the ferry insure?", "Who walked home?"], [TEXT, NEWS])
    swapped = swapper(asked, random.Random(seed))
    assert swapped
    assert swapped.answer is None
    assert swapped.context == TEXT
    assert swapped.question != asked.question
    assert "212" not in swapped.question


def test_every_kind_of_swap_occurs() -> None:
    asked = example("Which largest insurer of Port Merrin paid in 1931, and was ruined?", "212")
    swapper = Swapper(["Who was promoted?"], [TEXT, NEWS])
    made = {swapper(asked, random.Random(seed)) for seed in range(300)}
    found = " ".join(e.question for e in made if e)
    for change in ("smallest", "wasn't", "Wexholm", "193", "promoted"):
        assert change in found
    assert Swapper([], [])(Example("Why?", "It rained.", (0, 2)), random.Random(0)) is None


@pytest.mark.parametrize(
    ("question", "answer", "near_miss"),
    [
        ("Did Tolland deny it to Alba?", "overloaded", "Did Alba deny it to Tolland?"),
        ("Who misled the insurers of Port Merrin?", "Tolland", "insurers of Tolland?"),
        ("Who said that the Alba was overloaded?", "Tolland", "Who praised that the Alba"),
        ("What did Tolland say about the cargo?", "overloaded", "promise about the cargo"),
        ("What did Tolland say?", "overloaded", "What did Tolland demand?"),
        ("What did Tolland say on Sunday?", "overloaded", "on Thursday?"),
        ("How many crowns were paid to Alba?", "212", "paid to Wexholm?"),
        ("Who paid 350 crowns?", "insurer", "Who paid 212 crowns?"),
    ],
)
def test_near_misses_of_news(question: str, answer: str, near_miss: str) -> None:
    asked, swapper = example(question, answer), NewsSwapper(["Who was promoted?"], [TEXT, NEWS])
    made = [swapper(asked, random.Random(seed)) for seed in range(300)]
    found = {e.question for e in made if e}
    assert any(near_miss in each for each in found)
    assert question not in found
    assert all(e is None or (e.answer is None and e.context == TEXT) for e in made)


def test_places_that_are_alike_are_not_swapped() -> None:
    asked = example("Did Tolland meet with Alba?", "overloaded")
    swapper = NewsSwapper([], [])
    made = {swapper(asked, random.Random(seed)) for seed in range(100)}
    assert all(e is None or e.question != "Did Alba meet with Tolland?" for e in made)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """One article in PolNeAR's format."""

    def spans(*texts: str) -> list[list[int]]:
        return [[NEWS.index(t), NEWS.index(t) + len(t)] for t in texts]

    said = {"source": spans("engineer Orla Venn"), "cue": spans("said")}
    said["content"] = spans("“The pumps failed,”")
    denied = {"source": spans("She"), "cue": spans("denied")}
    denied["content"] = spans("that she had been warned")
    row = {"id": "a", "title": "Pumps", "text": NEWS, "attributions": [said, denied]}
    other = {"id": "b", "title": "Other", "text": TEXT, "attributions": []}
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps(row) + "\n" + json.dumps(other) + "\n")
    return path


def test_tags_stand_on_the_tokens_of_their_spans(news: Path) -> None:
    first, second = windows(read_news(news))
    cues = [first.text[s:e] for found in first.attributions for s, e in found["cue"]]
    assert cues == ["said", "denied"]
    row, none = window_rows([first, second])
    assert row.tags is not None
    assert none.tags is not None
    tokens = question_tokenizer()
    sources = [int(row.ids[i]) for i in range(len(row.ids)) if row.tags[i, 0]]
    assert tokens.decode(sources) == "engineer orla venn she"
    assert row.tags[:, 3].sum() == 2  # two sources begin
    assert none.tags.sum() == 0


def test_each_cue_leads_to_its_own_source_and_content(news: Path) -> None:
    row, none = window_rows(windows(read_news(news)))
    assert row.linked is not None
    assert none.linked is not None
    assert (none.cues, len(none.linked)) == ((), 0)
    tokens = question_tokenizer()
    spelled = [
        [tokens.decode([int(i) for i in row.ids[linked[:, role] > 0]]) for role in (0, 1)]
        for linked in row.linked
    ]
    assert [tokens.decode([int(row.ids[cue])]) for cue in row.cues] == ["said", "denied"]
    assert [source for source, _ in spelled] == ["engineer orla venn", "she"]
    assert "the pumps failed" in spelled[0][1]
    assert spelled[1][1] == "that she had been warned"


def test_cues_of_a_batch_keep_their_rows_and_what_they_lead_to(news: Path) -> None:
    row, none = window_rows(windows(read_news(news)))
    asked = question_rows([example("Who denied it?", "Ines Tolland")])
    batch = collate([*asked, none, row])
    assert batch.cues.tolist() == [[2, cue] for cue in row.cues]
    assert row.linked is not None
    assert batch.linked.shape == (2, batch.ids.shape[1], 2)
    assert batch.linked[:, : len(row.ids)].numpy().tolist() == row.linked.tolist()
    assert batch.linked[:, len(row.ids) :].sum() == 0
    assert batch.tagged.tolist() == [False, True, True]
    assert collate(asked).cues.shape == (0, 2)


def test_the_sentences_of_an_answer_support_it_unless_others_are_named() -> None:
    asked = example("Who denied it?", "Ines Tolland")
    rain = (TEXT.index("It rained"), len(TEXT))
    named = Example(asked.question, TEXT, asked.answer, (rain,))
    tokens = question_tokenizer()

    def supporting(one: Example) -> str:
        [row] = question_rows([one])
        assert row.support is not None
        return tokens.decode([int(i) for i in row.ids[row.support > 0]])

    assert supporting(asked) == "captain ines tolland denied that it had been overloaded."
    assert supporting(named) == "it rained."
    assert supporting(Example("Who?", TEXT, None)) == ""
    assert supporting(Example("Who?", "word " * 400 + "Ada", (2000, 2003))) == ""  # cut off


def test_questions_from_attributions_are_answered_by_source_or_content(news: Path) -> None:
    made = questions(read_news(news), 60, seed=1)
    answers = {e.context[slice(*e.answer)] for e in made if e.answer}
    assert "engineer Orla Venn" in answers
    assert "that she had been warned" in answers or "“The pumps failed,”" in answers
    assert any(e.answer is None for e in made)
    assert any(e.question.startswith("Who") for e in made)


def test_answers_become_tokens() -> None:
    asked = [
        example("Who denied it?", "Ines Tolland"),
        Example("Who knew?", TEXT, None),
        Example("Who?", "word " * 400 + "Ada", (2000, 2003)),
    ]
    found, none, cut = question_rows(asked)
    tokens = question_tokenizer()
    assert tokens.decode([int(i) for i in found.ids[found.start : found.end + 1]]) == "ines tolland"
    assert (none.start, none.end) == (0, 0)
    assert (cut.start, len(cut.ids)) == (0, 288)  # beyond the window: not answered in it


def test_batches_hold_every_row_once_a_pass_within_the_size() -> None:
    rows = question_rows([Example("Who?", "word " * n, None) for n in range(1, 60)])
    seen: list[int] = []
    for batch in batched(rows, tokens=300, seed=3):
        assert len(batch) * max(len(rows[i].ids) for i in batch) <= 300
        seen += batch
        if len(seen) >= len(rows):
            break
    assert sorted(seen) == list(range(len(rows)))


def test_padding_is_masked() -> None:
    batch = collate(question_rows([Example("Who?", "One.", None), Example("Who?", TEXT, None)]))
    assert batch.mask.sum(1).tolist() == [(batch.ids[i] != 0).sum().item() for i in (0, 1)]
    assert not batch.tagged.any()
    assert (batch.start != IGNORED).all()


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    recipe = Recipe(steps=100, warm_up=10, cooldown=20, rate=1.0)
    assert rate_at(0, recipe) == pytest.approx(0.1)
    assert rate_at(50, recipe) == 1
    assert rate_at(90, recipe) == pytest.approx(0.5)
    assert rate_at(99, recipe) == pytest.approx(0.05)


def test_a_batch_has_the_losses_that_its_rows_teach(news: Path) -> None:
    torch.manual_seed(1)
    network = Network()
    tagged = window_rows(windows(read_news(news)))
    asked = question_rows([example("Who denied it?", "Ines Tolland"), Example("Who?", TEXT, None)])
    names = [
        set(loss_of(network, collate(rows), Recipe()))
        for rows in (asked, tagged, tagged[1:], asked + tagged)
    ]
    questions_teach, tags_teach = {"span", "answerable", "support"}, {"tags", "links"}
    assert names == [questions_teach, tags_teach, {"tags"}, questions_teach | tags_teach]
    losses = loss_of(network, collate(asked + tagged), Recipe())
    assert all(torch.isfinite(loss) and loss > 0 for loss in losses.values())


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path, news: Path) -> None:
    rows = question_rows([example("Who denied it?", "Ines Tolland"), Example("Who?", TEXT, None)])
    rows += window_rows(windows(read_news(news)))
    recipe = Recipe(steps=3, switch=1, warm_up=1, cooldown=1, int8=1, tokens=120)
    first = Recipe(steps=2, switch=1, warm_up=1, cooldown=0, int8=0, tokens=120)
    whole = train(rows, rows[:1], recipe, tmp_path / "whole", every=3)
    stopped = tmp_path / "stopped"
    train(rows, rows[:1], first, stopped, every=1)
    resumed = train(rows, rows[:1], recipe, stopped, every=1)
    ours, theirs = (torch.load(p, weights_only=True)["network"] for p in (whole, resumed))
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-5) for name in ours)
    log = [json.loads(line) for line in (stopped / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [1, 2, 3]
    assert "tags" not in log[1]  # the second part has a question only
    reader = Reader(OnnxNetwork(export(resumed, tmp_path / "made.onnx").read_bytes()))
    (reading,) = reader.read("Who denied it?", [TEXT])
    assert reading.best()


def test_another_run_does_not_go_on_in_the_folder_of_one(tmp_path: Path) -> None:
    rows = question_rows([example("Who denied it?", "Ines Tolland")])
    recipe = Recipe(steps=1, switch=0, warm_up=1, cooldown=1, int8=0, tokens=120)
    train(rows, rows, recipe, tmp_path, origin={"command": "fit"})
    before = (tmp_path / "log.jsonl").read_text()
    for other in (replace(recipe, seed=2), replace(recipe, casual=4)):
        with pytest.raises(AnotherRun, match="name another folder"):
            train(rows, rows, other, tmp_path)
    train(rows, rows, recipe, tmp_path)  # finished: nothing is left to do
    assert (tmp_path / "log.jsonl").read_text() == before
    made = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert made["origin"] == {"command": "fit"}


def test_frozen_layers_keep_the_weights_they_start_from() -> None:
    network = Network()
    network.freeze(2)
    learning = {name.split(".")[0:4:3][-1] for name in _learning(network) if "layer." in name}
    assert learning == {"2", "3", "4", "5"}
    assert not any(name.startswith("encoder.embeddings") for name in _learning(network))
    network = Network()
    network.freeze(0)
    assert len(_learning(network)) == len(list(network.parameters()))


def _learning(network: Network) -> list[str]:
    return [name for name, weights in network.named_parameters() if weights.requires_grad]


# --- The exported network -----------------------------------------------------------------------


@dataclass(frozen=True)
class Exported:
    """A network that was not trained, as a checkpoint and as it would ship."""

    checkpoint: Path
    int8: Path
    fp32: Path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    torch.manual_seed(1)
    network = Network()
    network.start_from_encoder()
    torch.save({"network": network.state_dict()}, folder / "checkpoint.pt")
    found = {
        name: export(folder / "checkpoint.pt", folder / f"{name}.onnx", name)
        for name in ("int8", "fp32")
    }
    return Exported(folder / "checkpoint.pt", **found)


IDS = torch.tensor([question_tokenizer().encode("Who denied it?", TEXT).ids])
TYPES = torch.tensor([question_tokenizer().encode("Who denied it?", TEXT).type_ids])


def scores(network: Network) -> tuple[torch.Tensor, ...]:
    with torch.no_grad():
        return network(IDS, torch.ones_like(IDS), TYPES)


def test_onnx_computes_what_torch_does(exported: Exported) -> None:
    network = load_network(exported.checkpoint)
    tokens, answerable, links = scores(network)
    output = OnnxNetwork(exported.fp32.read_bytes())(IDS.numpy(), TYPES.numpy())
    assert np.allclose(output.tokens, tokens[0], atol=1e-4)
    assert output.answerable == pytest.approx(float(answerable[0]), abs=1e-4)
    assert np.allclose(output.links, links[0], atol=1e-4)


@pytest.mark.parametrize("cue", [0, 1, 20, -1])
def test_links_are_the_same_outside_of_torch(exported: Exported, cue: int) -> None:
    """The weights of the links ship as constants; numpy does what training did."""
    network = load_network(exported.checkpoint)
    tokens, _, links = scores(network)
    at = cue % IDS.shape[1]
    with torch.no_grad():
        wanted = network.linked(links, tokens[..., SPANS + SUPPORT :], torch.tensor([[0, at]]))[0]
    output = OnnxNetwork(exported.fp32.read_bytes())(IDS.numpy(), TYPES.numpy())
    assert np.allclose(output.linked(at), wanted, atol=1e-3)


def test_links_reach_far_in_a_long_text(exported: Exported) -> None:
    ids = IDS.repeat(1, 6)[:, :288]
    network = load_network(exported.checkpoint)
    with torch.no_grad():
        tokens, _, links = network(ids, torch.ones_like(ids), torch.zeros_like(ids))
        wanted = network.linked(links, tokens[..., SPANS + SUPPORT :], torch.tensor([[0, 3]]))[0]
    output = OnnxNetwork(exported.fp32.read_bytes())(ids.numpy(), np.zeros_like(ids.numpy()))
    assert np.allclose(output.linked(3), wanted, atol=1e-3)


def test_int8_is_near_and_a_quarter_of_the_size(exported: Exported) -> None:
    full, small = (
        OnnxNetwork(path.read_bytes())(IDS.numpy(), TYPES.numpy())
        for path in (exported.fp32, exported.int8)
    )
    for one, other in ((full.tokens, small.tokens), (full.links, small.links)):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98
    assert exported.int8.stat().st_size < exported.fp32.stat().st_size / 3
    assert small.answerable == pytest.approx(full.answerable, abs=0.1)
    assert small.tokens[:, INSIDE].shape[1] == 3
    assert small.links.shape[1] == 4 * LINK


def test_the_heads_stay_float(exported: Exported) -> None:
    """Only the layers of the encoder: query, key, value, output and two more in each of six."""
    nodes = [n for n in onnx.load(exported.int8).graph.node if n.op_type == "MatMulInteger"]
    assert all(node.name.startswith("/network/encoder/") for node in nodes)
    assert len(nodes) == 6 * 6


def test_the_last_steps_compute_as_the_shipped_network_will(exported: Exported) -> None:
    shipped = OnnxNetwork(exported.int8.read_bytes())(IDS.numpy(), TYPES.numpy()).tokens
    plain, simulated = (load_network(exported.checkpoint) for _ in range(2))
    simulate_int8(simulated)
    apart = []
    for network in (plain, simulated):
        words = network.encoder.embeddings.word_embeddings.weight.data
        scale = words.abs().amax(1, keepdim=True) / 127  # as it ships; not simulated
        words.copy_((words / scale).round() * scale)
        apart.append(float(np.abs(scores(network)[0][0].numpy() - shipped).mean()))
    assert apart[1] < 0.8 * apart[0]


def test_gradients_pass_through_the_simulated_rounding() -> None:
    torch.manual_seed(1)
    network = Network()
    simulate_int8(network)
    simulate_int8(network)  # each step does it again
    tokens, answerable, links = network(IDS, torch.ones_like(IDS), TYPES)
    (tokens.sum() + answerable.sum() + links.sum()).backward()
    for name, weight in network.encoder.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
    first = network.encoder.encoder.layer[0].attention.self.value.weight
    assert first.grad is not None
    assert first.grad.abs().sum() > 0


def test_an_int8_network_gives_its_weights_back(exported: Exported) -> None:
    wanted = torch.load(exported.checkpoint, weights_only=True)["network"]
    found = dequantised(exported.int8)
    assert set(wanted) <= set(found) | {"encoder.embeddings.position_ids"}
    for name, weight in wanted.items():
        assert found[name].shape == weight.shape, name
        step = weight.abs().max() / 63  # of 7 bits: a scale a row is finer still
        exact = name.startswith((*LINKS, "tokens", "answerable")) or weight.dim() == 1
        assert torch.allclose(found[name], weight, atol=1e-6 if exact else float(step)), name


def test_training_can_start_from_a_shipped_network(exported: Exported) -> None:
    torch.manual_seed(2)
    network = Network().eval()
    network.start_from_shipped(exported.int8)
    shipped = OnnxNetwork(exported.int8.read_bytes())(IDS.numpy(), TYPES.numpy())
    tokens, _, links = scores(network)
    assert np.corrcoef(tokens[0].numpy().ravel(), shipped.tokens.ravel())[0, 1] > 0.98
    assert np.corrcoef(links[0].numpy().ravel(), shipped.links.ravel())[0, 1] > 0.98


def test_what_reads_the_reader_was_fitted_to_the_one_that_ships() -> None:
    for name in ("extract.json", "gate.json"):
        fitted = json.loads(files("assistant").joinpath(name).read_text("utf-8"))
        assert fitted["reader"] == load_card()["sha256"], f"{name}: run `train select`"


def test_what_is_not_finished_does_not_ship(exported: Exported, tmp_path: Path) -> None:
    own = torch.load(exported.checkpoint, weights_only=True)
    halfway = tmp_path / "halfway.pt"
    torch.save(own | {"step": 50, "recipe": {"steps": 3000}}, halfway)
    with pytest.raises(ValueError, match="at step 50 of 3000"):
        ship(halfway, tmp_path, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_the_mean_of_a_run_and_of_what_it_started_from(exported: Exported, tmp_path: Path) -> None:
    own = torch.load(exported.checkpoint, weights_only=True)
    other = {name: weight + 2 for name, weight in own["network"].items()}
    moved = tmp_path / "moved.pt"
    start = sha256(exported.int8)
    torch.save(own | {"network": other, "step": 3, "recipe": {"steps": 3, "start": start}}, moved)
    mean = torch.load(average(moved, exported.int8, tmp_path / "mean.pt"), weights_only=True)
    assert mean["recipe"]["steps"] == 3
    assert len(mean["recipe"]["averaged_with"]) == 64
    for name, weight in own["network"].items():
        if weight.is_floating_point():
            step = weight.abs().max() / 63  # the other one was rounded to 7 bits
            assert torch.allclose(mean["network"][name], weight + 1, atol=float(step) + 1e-5), name


@settings(deadline=None)
@given(st.sampled_from(read_news_questions()))
def test_our_news_questions_are_well_formed(question: NewsQuestion) -> None:
    spans = (*question.answers, *question.evidence)
    assert question.evidence
    assert all(0 <= start < stop for start, stop in spans)
    assert (question.kind == "unanswerable") == (not question.answers)
    for start, stop in question.answers:
        assert any(s <= start and stop <= e for s, e in question.evidence)


def test_questions_are_dealt_to_a_large_library_and_small_ones(tmp_path: Path) -> None:
    with (
        Library(tmp_path / "large") as large,
        Library(tmp_path / "first") as first,
        Library(tmp_path / "second") as second,
    ):
        first.add(FERRY)
        second.add(BUDGET)
        asked = [
            NewsQuestion(source, kind, f"Who is {n}?", (), (), casual)
            for n in range(30)
            for source, kind, casual in (
                (FERRY.source, "unanswerable", False),
                (BUDGET.source, "unanswerable", True),
                ("none-7", OFF_TOPIC, False),
            )
        ]
        found = dealt(asked, large, [first, second])
        assert [library for library, _ in found] == [large, first, second]
        assert sorted(q.question for _, some in found for q in some) == sorted(
            q.question for q in asked
        )
        sources = [{q.article for q in some} for _, some in found]
        assert sources == [
            {FERRY.source, "none-7"},  # what few words tell apart is asked of the small ones
            {FERRY.source, "none-7"},
            {BUDGET.source, "none-7"},
        ]
        assert sum(q.casual for q in found[2][1]) == 30


def test_small_libraries_hold_what_the_reader_is_not_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libraries, "read_articles", lambda: [FERRY, BUDGET])
    data = tmp_path / "data"
    data.mkdir()
    rows = [
        {"id": f"a{n}", "title": "", "text": f"{TEXT} {n}", "publisher": "", "date": ""}
        for n in range(30)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (data / "attribution_train.jsonl").write_text(lines, encoding="utf-8")
    with small_libraries(data) as small:
        held = [[article.source for article in each.articles()] for each in small]
    names = [name for each in held for name in each]
    assert [len(each) for each in held] == [libraries.SIZES[0], len(names) - libraries.SIZES[0]]
    assert len(set(names)) == len(names)
    wanted = {row["id"] for row in rows} | {FERRY.source, BUDGET.source}
    assert set(names) == {name for name in wanted if not for_reader(name)}


def test_invented_articles_have_what_points_at_them() -> None:
    articles = {article.source: article for article in read_articles()}
    spans = [
        (one.article, span)
        for one in (*read_news_questions(), *read_news_claims())
        for span in one.evidence
        if one.article in articles
    ]
    assert {name for name, _ in spans} == set(articles)
    for name, (start, stop) in spans:
        sentence = articles[name].text[start:stop]
        assert sentence
        assert sentence == sentence.strip()


def test_news_questions_come_with_passages_that_do_not_answer(news: Path) -> None:
    name = NEWS.index("engineer Orla Venn")
    asked = NewsQuestion("a", "fact", "Who said it?", ((name, name + 18),), ((0, len(NEWS)),))
    made = [
        example for seed in range(5) for example in news_examples([asked], texts_of(news), seed)
    ]
    assert {e.context[slice(*e.answer)] if e.answer else "" for e in made} == {
        "engineer Orla Venn",
        "",
    }


def test_held_out_articles_are_not_trained_on(tmp_path: Path) -> None:
    row = {"dataset": "squad-2.0-dev", "answers": [{"text": "1931", "start": TEXT.index("1931")}]}
    rows = [
        row | {"id": str(n), "title": title, "question": f"When {n}?", "context": TEXT + str(n)}
        for n, title in enumerate([*sorted(HELD_OUT), "Other", "More", "Third", "Fourth"])
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    asked = read_questions(path)
    assert {q.title for q in held_out(asked)} == HELD_OUT
    kept = {e.context for e in questions_to_read(asked, lambda e, d: None, seed=1)}
    assert kept == {TEXT + str(n) for n in range(4, 8)}


def test_the_cool_down_sees_our_questions_beside_those_they_follow(tmp_path: Path) -> None:
    stored = read_first("unanswerable.jsonl")
    row = {"id": stored["paragraph"], "dataset": "d", "title": "t", "question": "When?"}
    row |= {"context": TEXT, "answers": [{"text": "1931", "start": TEXT.index("1931")}]}
    path, ours = tmp_path / "q.jsonl", tmp_path / "ours.jsonl"
    path.write_text(json.dumps(row))
    ours.write_text(json.dumps(stored))
    asked = read_questions(path)
    assert read_unanswerable(asked, ours) == [Example(stored["question"], TEXT, None)]
    made = close_examples(asked, seed=1, unanswerable=ours)
    assert {e.answer is None for e in made} == {True, False}


def read_first(name: str) -> dict[str, str]:
    import assistant.train

    path = Path(assistant.train.__file__).with_name(name)
    first: dict[str, str] = json.loads(path.read_text("utf-8").splitlines()[0])
    return first


def test_what_the_checks_withhold_is_counted_by_question(library: Library) -> None:
    """Of the ferry's: the harbour chief denied; the union is another."""
    denied = FERRY.text.index("Harbour chief")
    evidence = ((denied, FERRY.text.index(".", denied) + 1),)

    def question(text: str) -> NewsQuestion:
        return NewsQuestion(FERRY.source, "attribution", text, evidence, evidence)

    asked = [question("Who denied it?"), question("Who apologised?"), question("Who confirmed it?")]
    counted = count(
        library, [*asked, NewsQuestion("elsewhere", "fact", "Who?", ((0, 1),), ((0, 1),))]
    )
    assert counted.questions == 3
    assert counted.withheld == {"act": 2}
    assert str(counted) == "3: withheld 2 (66.7 %) act"
    assert str(count(library, asked[:1])) == "1: withheld none"
