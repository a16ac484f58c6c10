"""A footer that says less than the pages hold."""

from __future__ import annotations

import struct
import tracemalloc
from contextlib import suppress

import pytest
from understated import understate

from svta.builder.errors import DatasetError
from svta.builder.io.parquet import read_batches, read_metadata
from svta.builder.io.parquet_checks import check_pages

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = [{"caption": f"A man falls {i} times.", "flags": ["a"] * (i % 3), "n": i, "x": i / 7} for i in range(30_000)]


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_honest_files_of_every_kind_pass(tmp_path, compression, version, dictionary):
    options = {"compression": compression, "data_page_version": version, "use_dictionary": dictionary}
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet", row_group_size=20_000, **options)
    check_pages(tmp_path / "t.parquet", pq.read_metadata(tmp_path / "t.parquet"))


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_footer_that_says_less_than_the_pages_is_refused_before_they_are_unpacked(tmp_path, dictionary):
    path = tmp_path / "t.parquet"
    table = pa.table({"caption": ["A man falls.", "x" * 90_000_000]})
    pq.write_table(table, path, compression="zstd", use_dictionary=dictionary, write_statistics=False)
    understate(path)
    assert pq.read_metadata(path).row_group(0).column(0).total_uncompressed_size == 1_000
    before = pa.total_allocated_bytes()
    with pytest.raises(DatasetError, match="column 'caption' says 1,000 bytes, its pages say 90,000,"):
        list(read_batches(path))
    assert pa.total_allocated_bytes() - before < 1_000_000


def test_pages_that_are_none_are_one_line(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS[:100]), path)
    metadata = pq.read_metadata(path)
    data = bytearray(path.read_bytes())
    data[4:40] = b"\xff" * 36
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="no page of Parquet at byte 4"):
        check_pages(path, metadata)


@pytest.mark.parametrize("size", [1, 2])
def test_a_page_of_a_negative_size_is_none(tmp_path, size):
    """A negative size would be taken off those of the other pages: the header's first sizes, unpacked and packed."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"n": pa.array(range(1_000), pa.int64())}), path, compression="none", use_dictionary=False)
    metadata, data = pq.read_metadata(path), bytearray(path.read_bytes())
    assert data[4:7] == b"\x15\x00\x15"
    end = next(place for place in range(7, 20) if data[place] < 128) + 1
    data[7 if size == 1 else end + 1] |= 1
    assert data[end] == 0x15
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="no page of Parquet at byte 4"):
        check_pages(path, metadata)


def test_every_column_is_looked_at(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"n": [1, 2], "caption": ["A man falls.", "x" * 9_000_000]}), path, compression="zstd")
    understate(path)
    with pytest.raises(DatasetError, match="column 'caption' says 1,000 bytes"):
        check_pages(path, pq.read_metadata(path))


def test_a_header_with_long_statistics_is_read(tmp_path):
    path = tmp_path / "t.parquet"
    texts = [letter * 4_000 for letter in "ab"]
    pq.write_table(pa.table({"caption": texts}), path, use_dictionary=False, compression="none")
    assert path.read_bytes()[:8_100].count(b"a" * 4_000) >= 1
    check_pages(path, pq.read_metadata(path))


@pytest.mark.parametrize(("was", "now"), [(b"\x15\x0c", b"\x15\x00"), (b"\x25\x02", b"\x25\x00")], ids=["type", "null"])
def test_a_footer_that_pyarrow_would_abort_on_is_one_line(tmp_path, was, now):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"caption": ["A man falls.", None]}), path, store_schema=False)
    data = path.read_bytes()
    element = b"\x15\x0c\x25\x02\x18\x07caption"  # a text, optional, of this name: fields of Thrift's compact protocol
    assert data.count(element) == 1
    path.write_bytes(data.replace(element, element.replace(was, now)))
    with pytest.raises(DatasetError, match=r"sizes that column .caption. cannot have"):
        read_metadata(path)  # pq.read_metadata(path).row_group(0).column(0) would end this process


@pytest.mark.parametrize("value", [0, 0x1F, 0x8C, 0xFF])
def test_damaged_footers_are_one_line_or_read(tmp_path, value):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_pylist(ROWS[:50]), path)
    data = path.read_bytes()
    start = len(data) - 8 - struct.unpack("<I", data[-8:-4])[0]
    for at in range(start, len(data) - 8, 7):
        path.write_bytes(data[:at] + bytes([value]) + data[at + 1 :])
        with suppress(DatasetError, pa.ArrowException, OSError):
            metadata = read_metadata(path)
            [metadata.row_group(g).column(i) for g in range(metadata.num_row_groups) for i in range(4)]


@pytest.mark.parametrize("kind", [1, 3, 7, 12])
def test_a_list_that_is_longer_than_the_file_is_not_begun(tmp_path, kind):
    """Doubles are passed over unread, so that a count of 2 ** 22 was as many values in memory."""
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"n": pa.array(range(1_000), pa.int64())}), path, compression="none", use_dictionary=False)
    metadata, data = pq.read_metadata(path), bytearray(path.read_bytes())
    header = bytes([0x19, 0xF0 | kind]) + b"\x80\x80\x80\x02"  # field 1, a list of 2 ** 22 values of this kind
    data[4 : 4 + len(header)] = header
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(DatasetError, match="no page of Parquet at byte 4"):
            check_pages(path, metadata)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_an_encrypted_column_is_one_line(tmp_path):
    encryption = pytest.importorskip("pyarrow.parquet.encryption")

    class Keys(encryption.KmsClient):
        def __init__(self, config):
            super().__init__()

        def wrap_key(self, key, name):
            return key.hex()

        def unwrap_key(self, key, name):
            return bytes.fromhex(key)

    factory = encryption.CryptoFactory(Keys)
    how = encryption.EncryptionConfiguration("f", column_keys={"c": ["caption"]}, plaintext_footer=True)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), how)
    table = pa.table({"n": [1, 2], "caption": ["A man falls.", None]})
    with pq.ParquetWriter(tmp_path / "t.parquet", table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    with pytest.raises(DatasetError, match=r"t\.parquet: column .caption. is encrypted"):
        read_metadata(tmp_path / "t.parquet")  # pq.read_metadata(path).row_group(0).column(1) would end this process


def test_a_device_is_no_file():
    with pytest.raises(DatasetError, match="is not a regular file"):
        read_metadata("/dev/null")
