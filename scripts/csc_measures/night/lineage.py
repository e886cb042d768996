"""
From which columns of extracts a statistic can be reached: `marts.lineage`, read from the SQL that ran.

Each model is a relation of columns, and each of these is known by the columns of extracts that its value
comes from. Beside them stand those that decide which rows there are: conditions, and inner joins. A column
that a left join brings depends on what it is joined by, and on what decides the rows there. Of a choice by
a column that a feed is restricted to a value of, only that value's branch counts. What the SQL of a model
says is taken as it stands: no row is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from csc_measures.contract.extracts import read_contract
from csc_measures.night.editions import NUMBERS
from csc_measures.pages.artefacts import Told

Columns = frozenset[tuple[str, str]]
"""Columns of extracts: (extract, column)."""

MART = "lineage"
NOTHING: Columns = frozenset()
PLACED_BY = ("counted_on", "period_end", "period_type")  # by which a case counts in a period
BECAUSE = "because"


@dataclass
class Relation:
    """What each column of a relation comes from, and what decides its rows."""

    columns: dict[str, Columns] = field(default_factory=dict)
    rows: Columns = NOTHING

    def of(self, *names: str) -> Columns:
        """Return what columns come from, those that it does not have from nothing."""
        return NOTHING.union(*(self.columns.get(name, NOTHING) for name in names))


def write_lineage(connection: duckdb.DuckDBPyConnection, told: Told) -> None:
    """Write `marts.lineage` into the numbers of a new generation, which are attached by their catalog."""
    table = NUMBERS.table(MART)
    connection.execute(
        f"create table {table} (measure_number integer, statistic varchar, model varchar, "
        "column_name varchar, extract varchar, extract_column varchar, reaches varchar)"
    )
    if rows := sorted(lineage(told)):
        lists = [list(column) for column in zip(*rows, strict=True)]
        unnested = ", ".join(f"unnest(${place + 1})" for place in range(len(lists)))
        connection.execute(f"insert into {table} select {unnested}", lists)


def lineage(
    told: Told, outer: Mapping[str, Relation] | None = None
) -> Iterator[tuple[int, str, str, str, str, str, str]]:
    """
    Yield for each statistic and column that feeds it the columns of extracts that can reach it.

    The last item says how: `value` through the column itself or its reason, `cases` only in deciding which
    cases there are. `outer` are relations whose columns any SQL may name beside those that it reads.
    """
    models = relations(told, outer)
    for number, claims in told.claims.items():
        for model, column, feed in claims:
            relation = models.get(model, Relation())
            if only := feed.get("only"):
                sql = told.results.get(f"model.csc_measures.{model}", {}).get("compiled_code")
                relation = (
                    relation_of(chosen(parsed(sql, told.dialect), only), models, outer) if sql else relation
                )
            value = relation.of(column, feed.get(BECAUSE, BECAUSE))
            cases = relation.rows | relation.of(*PLACED_BY)
            for reaches, columns in (("value", value), ("cases", cases - value)):
                for extract, name in columns:
                    yield number, feed["statistic"], model, column, extract, name, reaches


def parsed(sql: str, dialect: str) -> exp.Expr:
    """Return SQL of a dialect as sqlglot reads it."""
    return sqlglot.parse_one(sql, dialect=dialect)


def chosen(query: exp.Expr, only: Mapping[str, object]) -> exp.Expr:
    """Return a query, changed so that a choice by a column of one asked value is what that chooses."""
    for choice in list(query.find_all(exp.Case)):
        by = choice.this
        if isinstance(by, exp.Column) and by.name in only:
            branches = {branch.this.name: branch.args["true"] for branch in choice.args["ifs"]}
            choice.replace(branches.get(only[by.name]) or choice.args.get("default") or exp.null())
    return query


def relations(told: Told, outer: Mapping[str, Relation] | None = None) -> dict[str, Relation]:
    """Return what is known of each model and snapshot, by name; `outer` as in `lineage`."""
    known: dict[str, Relation] = {}

    def know(node_id: str) -> None:
        node = told.nodes.get(node_id)
        if node is None or node["name"] in known:
            return
        known[node["name"]] = Relation()
        parents = told.parents.get(node_id, [])
        for parent in parents:
            know(parent)
        sql = told.results.get(node_id, {}).get("compiled_code")
        if sql:
            known[node["name"]] = relation_of(parsed(sql, told.dialect), known, outer)
        elif node["resource_type"] == "snapshot":  # keeps what one model has shown
            of_parents = [known[told.nodes[each]["name"]] for each in parents if each in told.nodes]
            known[node["name"]] = joined(of_parents)

    for claims in told.claims.values():
        for model, _, _ in claims:
            know(f"model.csc_measures.{model}")
    return known


def joined(relations_: Iterable[Relation]) -> Relation:
    """Return the relation whose columns are those of all, by name."""
    found = Relation()
    for each in relations_:
        for name, columns in each.columns.items():
            found.columns[name] = found.columns.get(name, NOTHING) | columns
        found.rows |= each.rows
    return found


def relation_of(
    query: exp.Expr, known: Mapping[str, Relation], outer: Mapping[str, Relation] | None = None
) -> Relation:
    """Return what a query makes of relations known by name; `outer` are those of a query around it."""
    if isinstance(query, exp.Subquery):
        return relation_of(query.this, known, outer)
    if with_ := query.args.get("with_"):
        known = dict(known)
        for cte in with_.expressions:
            known[cte.alias] = relation_of(cte.this, known, outer)
    if isinstance(query, exp.SetOperation):
        left, right = (relation_of(part, known, outer) for part in (query.left, query.right))
        pairs = zip(left.columns.items(), right.columns.values(), strict=False)
        return Relation({name: one | other for (name, one), other in pairs}, left.rows | right.rows)
    if isinstance(query, exp.Select):
        return Selection(query, known, outer or {}).relation
    return Relation()


class Selection:
    """One `select`: the relations that it reads by alias, and what becomes of their columns."""

    def __init__(
        self, select: exp.Select, known: Mapping[str, Relation], outer: Mapping[str, Relation]
    ) -> None:
        """Read the relations in their order, then what is selected of them."""
        self.known, self.outer = known, outer
        self.read: dict[str, Relation] = {}
        self.relation = Relation()
        if source := select.args.get("from_"):
            self.add(source.this, decides=True)
        for join in select.args.get("joins") or []:
            self.join(join)
        for lateral in select.args.get("laterals") or []:
            self.add(lateral, decides=True)
        for item in select.expressions:
            self.select(item)
        for part in ("where", "having", "qualify", "group", "distinct"):
            self.relation.rows |= self.behind(select.args.get(part))

    def join(self, join: exp.Join) -> None:
        """Read what a join brings: an inner one decides the rows, another the columns that it brings."""
        is_inner = join.side == ""
        name = self.add(join.this, decides=is_inner)
        using = [self.named(each.name) for each in join.args.get("using") or []]
        condition = self.behind(join.args.get("on")).union(*using)
        if is_inner:
            self.relation.rows |= condition
        else:
            brought = self.read[name]
            condition |= brought.rows
            self.read[name] = Relation({each: found | condition for each, found in brought.columns.items()})

    def add(self, source: exp.Expr, decides: bool) -> str:
        """Read a table, a query or a function under its alias; return that."""
        name = source.alias_or_name
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            relation = self.known.get(source.name, Relation())
        elif isinstance(source, exp.Table) and source.find(exp.Anonymous):
            relation = landed(source)
        elif isinstance(source, exp.Subquery):
            relation = relation_of(source, self.known, {**self.outer, **self.read})
        else:  # rows made of an expression: each column of it comes from all that it names
            columns = source.args["alias"].columns if source.args.get("alias") else []
            behind = self.behind(source)
            relation = Relation({each.name: behind for each in columns} or {name: behind}, behind)
        self.read[name] = Relation(dict(relation.columns), relation.rows)
        if decides:
            self.relation.rows |= relation.rows
        return name

    def select(self, item: exp.Expr) -> None:
        """Add what an item of the list of columns makes."""
        star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
        if isinstance(star, exp.Star):
            left_out = {each.name for each in star.args.get("except_") or []}
            table = item.table if isinstance(item, exp.Column) else ""
            for relation in [self.read[table]] if table else self.read.values():
                for name, columns in relation.columns.items():
                    if name not in left_out:
                        self.relation.columns[name] = self.relation.columns.get(name, NOTHING) | columns
            return
        self.relation.columns[item.alias_or_name] = self.behind(item)

    def behind(self, expression: exp.Expr | None) -> Columns:
        """Return the columns of extracts that an expression names, in queries within it too."""
        found = NOTHING
        to_come: list[Any] = [expression]
        while to_come:
            each = to_come.pop()
            if isinstance(each, exp.Query):
                relation = relation_of(each, self.known, {**self.outer, **self.read})
                found = found.union(relation.rows, *relation.columns.values())
            elif isinstance(each, exp.Column):
                found |= self.named(each.name, each.table)
            elif isinstance(each, exp.Expr):
                to_come += each.iter_expressions()
        return found

    def named(self, name: str, table: str = "") -> Columns:
        """Return what a column is made of: in one relation, or in those that have it."""
        if table:
            relation = self.read.get(table) or self.outer.get(table) or Relation()
            return relation.columns.get(name, NOTHING)
        of_read = [each.columns[name] for each in self.read.values() if name in each.columns]
        of_outer = [each.columns[name] for each in self.outer.values() if name in each.columns]
        if of_read or name in self.relation.columns:
            return NOTHING.union(self.relation.columns.get(name, NOTHING), *of_read)
        return NOTHING.union(*of_outer)


def landed(source: exp.Table) -> Relation:
    """Return the relation of a landed extract, which staging reads by `landed('extract')`."""
    call = source.find(exp.Anonymous)
    extract = read_contract().extracts.get(call.expressions[0].name) if call else None
    if extract is None:
        return Relation()
    return Relation(
        {
            shown.name: frozenset({(extract.name, column.name)})
            for column in extract.columns
            for shown in column.landed_columns()
        }
    )
