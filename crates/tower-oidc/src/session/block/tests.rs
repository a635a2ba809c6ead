use super::*;

const CLAIMS: &str = r#"{"sub":"42","email":"al@example.org","groups":["6fa459ea-ee8a-3ca4-894e-db77e160355e","6fa459ea-ee8a-3ca4-894e-db77e160355f"]}"#;

const CREATED_AT: UnixMillis = UnixMillis(1_795_000_000_123);

fn encoded(block: &[u8], compression: Compression) -> Vec<u8> {
    let encoded = EncodedBlock::new(block, CREATED_AT, compression);
    let mut writer = Writer::with_capacity(encoded.len());
    encoded.write(&mut writer);
    assert_eq!(writer.len(), encoded.len());
    writer.as_ref().to_vec()
}

fn decoded(encoded: &[u8]) -> Result<Bytes, BlockError> {
    let encoded = Bytes::copy_from_slice(encoded);
    read_block(&mut Reader::new(&encoded), &encoded, CREATED_AT)
}

#[test]
fn a_block_comes_back_compressed_or_not() {
    for compression in [Compression::On, Compression::Off] {
        for block in ["", "x", CLAIMS, &CLAIMS.repeat(100)] {
            let encoded = encoded(block.as_bytes(), compression);
            assert_eq!(decoded(&encoded).unwrap(), block);
        }
    }
    assert!(encoded(CLAIMS.as_bytes(), Compression::On).len() < CLAIMS.len() / 2);
    assert!(encoded(CLAIMS.as_bytes(), Compression::Off).len() > CLAIMS.len());
}

#[test]
fn what_does_not_become_shorter_is_stored_as_it_is() {
    let random: Vec<u8> = (0..200_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();

    assert_eq!(encoded(&random, Compression::On)[0], STORED);
    assert_eq!(decoded(&encoded(&random, Compression::On)).unwrap(), random);
}

#[test]
fn a_block_beyond_the_bound_is_stored_as_it_is() {
    let largest = vec![b'a'; MAX_EXPANDED];
    let too_large = vec![b'a'; MAX_EXPANDED + 1];

    for (block, encoding) in [(largest, PACKED_1), (too_large, STORED)] {
        let encoded = encoded(&block, Compression::On);
        assert_eq!(encoded[0], encoding);
        assert_eq!(decoded(&encoded).unwrap(), block);
    }
}

/// A block that repeats one byte, and claims to expand to this length.
fn expanding_to(expanded_len: usize) -> Vec<u8> {
    let mut packed = Writer::with_capacity(16);
    packed.bytes(&[b'a', instructions::FAR_COPY]);
    packed.count(MAX_EXPANDED * 2 - 1);
    packed.number(1);
    let mut writer = Writer::with_capacity(2048);
    writer.byte(PACKED_1);
    writer.count(expanded_len);
    writer.sized(packed.as_ref());
    writer.as_ref().to_vec()
}

#[test]
fn a_block_that_expands_beyond_the_bound_is_refused() {
    for expanded_len in [
        0,
        MAX_EXPANDED,
        MAX_EXPANDED + 1,
        MAX_EXPANDED * 2,
        usize::MAX,
    ] {
        let refused = decoded(&expanding_to(expanded_len));
        assert_eq!(refused, Err(BlockError::Malformed));
    }
}

#[test]
fn a_block_of_another_length_than_it_names_is_refused() {
    let valid = encoded(CLAIMS.as_bytes(), Compression::On);
    let mut reader = Reader::new(&valid[1..]);
    let expanded_len = reader.number().unwrap();
    let compressed = reader.sized().unwrap();
    for wrong in [
        0,
        1,
        expanded_len - 1,
        expanded_len + 1,
        64 * 1024,
        u64::MAX,
    ] {
        let mut writer = Writer::with_capacity(512);
        writer.byte(PACKED_1);
        writer.number(wrong);
        writer.sized(compressed);
        assert_eq!(
            decoded(writer.as_ref()),
            Err(BlockError::Malformed),
            "{wrong}"
        );
    }
}

#[test]
fn a_block_cut_anywhere_is_refused() {
    for compression in [Compression::On, Compression::Off] {
        let valid = encoded(CLAIMS.as_bytes(), compression);
        for end in 0..valid.len() {
            assert_eq!(decoded(&valid[..end]), Err(BlockError::Malformed), "{end}");
        }
    }
}

#[test]
fn an_unknown_dictionary_is_distinguished_from_damage() {
    for encoding in 2..=u8::MAX {
        let mut unknown = encoded(CLAIMS.as_bytes(), Compression::On);
        unknown[0] = encoding;
        assert_eq!(decoded(&unknown), Err(BlockError::UnknownEncoding));
    }
}

/// Whatever the bytes are, nothing panics and no more than the bound is allocated.
#[test]
fn a_changed_block_is_read_or_refused() {
    let valid = encoded(CLAIMS.as_bytes(), Compression::On);
    for place in 0..valid.len() {
        for bit in 0..8 {
            let mut changed = valid.clone();
            changed[place] ^= 1 << bit;
            if let Ok(block) = decoded(&changed) {
                assert!(block.len() <= MAX_EXPANDED);
            }
        }
    }
}
