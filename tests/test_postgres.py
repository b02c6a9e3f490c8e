import sqlalchemy as sa


def test_a_database_url_gives_an_empty_database_on_each_engine(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        connection.execute(sa.text("CREATE TABLE left_behind (n INTEGER)"))
    engine.dispose()


def test_what_one_test_made_is_not_seen_by_the_next(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()
