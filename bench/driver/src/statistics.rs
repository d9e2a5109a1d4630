//! Medians, of runs and of ratios.

/// The median: the middle one, or the mean of the two in the middle. `None` of nothing.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// The median of the ratios of pairs that were measured one after the other. What slowed the machine down in one round
/// slowed both sides of it down, so this is steadier than the ratio of two medians.
pub(crate) fn median_ratio(pairs: impl IntoIterator<Item = (f64, f64)>) -> Option<f64> {
    median(pairs.into_iter().map(|(upper, lower)| upper / lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_whatever_the_order() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn a_slow_round_changes_the_rates_and_not_the_ratio() {
        let pairs = [(10.0, 2.0), (1.0, 0.2), (10.5, 2.0)];
        assert_eq!(median_ratio(pairs), Some(5.0));
        assert_eq!(median_ratio([]), None);
    }
}
