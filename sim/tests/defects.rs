//! Each oracle can fail: a defect that is made on purpose is found within a thousand seeds, and named for what it is.

use sim::{run, Defect, Settings, DEFECTS};

const SEEDS: u64 = 1000;

fn is_found(defect: Defect) {
    let (_, invariant, about) = DEFECTS
        .iter()
        .find(|(known, ..)| *known == defect)
        .expect("each defect is in the table");
    let settings = Settings {
        traced: false,
        defect: Some(defect),
    };
    let found = (0..SEEDS).find(|seed| {
        let violation = run(*seed, settings).violation;
        violation.is_some_and(|violation| violation.invariant == *invariant)
    });
    let seed = found.unwrap_or_else(|| panic!("{about}: {SEEDS} seeds did not find {invariant} broken"));
    assert!(
        run(seed, Settings::default()).violation.is_none(),
        "seed {seed} fails without the defect too"
    );
}

macro_rules! defects {
    ($($name:ident: $defect:ident;)*) => {
        $(
            #[test]
            fn $name() {
                is_found(Defect::$defect);
            }
        )*

        #[test]
        fn every_defect_of_the_table_has_a_test() {
            let tested = [$(Defect::$defect),*];
            assert_eq!(tested.as_slice(), DEFECTS.iter().map(|(defect, ..)| *defect).collect::<Vec<_>>());
        }
    };
}

defects! {
    i2_a_flush_that_does_not_wait: FlushDoesNotWait;
    i2_a_pong_that_is_forged: PongIsForged;
    i3_a_frame_that_is_sent_twice: FrameIsSentTwice;
    i4_publishes_that_swap: PublishesSwap;
    i4_a_message_that_goes_to_another: MessageGoesToAnother;
    i4_a_message_from_nowhere: MessageFromNowhere;
    i5_a_deadline_that_is_late: DeadlineIsLate;
    i5_places_that_leak: PlacesLeak;
    i6_a_subscription_that_is_forgotten: SubscriptionIsForgotten;
    i6_a_limit_that_starts_anew: LimitStartsAnew;
    i7_silence_that_is_not_noticed: SilenceIsNotNoticed;
    i11_a_drain_that_does_not_wait: DrainDoesNotWait;
    i12_a_queue_that_is_longer: QueueIsLonger;
    i12_a_slow_consumer_that_is_not_told: SlowConsumerIsNotTold;
    i12_a_ping_that_is_not_answered: PingIsNotAnswered;
    i14_subjects_that_are_not_checked: SubjectsAreNotChecked;
    i16_a_stranger_that_is_trusted: StrangerIsTrusted;
    i17_no_backoff: NoBackoff;
    i18_a_dropped_publish_that_is_sent: DroppedPublishIsSent;
    i18_a_dropped_read_that_loses: DroppedReadLoses;
    i18_a_drop_that_needs_a_runtime: DropNeedsRuntime;
    i20_an_event_that_is_lost: EventIsLost;
    i20_events_that_swap: EventsSwap;
    i21_a_buffer_without_a_limit: BufferHasNoLimit;
    i21_a_publish_that_fails_instead_of_waiting: FailsInsteadOfWaiting;
    liveness_a_writer_that_sleeps: WriterSleeps;
    i1_an_ack_that_is_forged: AckIsForged;
    i1_a_retry_that_has_another_id: RetryHasAnotherId;
    i1_an_ack_that_is_awaited_for_ever: AckIsAwaitedForEver;
    i8_an_ordered_reader_that_skips: OrderedSkips;
    i8_an_ordered_reader_that_repeats: OrderedRepeats;
    i8_consumers_that_are_left: ConsumersAreLeft;
    i17_pulls_that_are_hot: PullsAreHot;
    i19_pulls_that_stall: PullsStall;
    i19_an_error_that_overtakes: ErrorOvertakes;
}
