#include "broker/projections/folds.h"

#include "broker/projections/alert_fold.h"
#include "broker/projections/directory_fold.h"
#include "broker/projections/overdose_fold.h"
#include "broker/projections/target_fold.h"
#include "broker/projections/token_fold.h"
#include "broker/projections/view_fold.h"

namespace gjallar::projections {

log::FoldFactory fold_factory(std::shared_ptr<LiveDirectory> live, std::shared_ptr<LiveTokens> tokens) {
  return [live, tokens](log::FoldPurpose purpose) {
    const auto directory = purpose == log::FoldPurpose::kLive ? live : std::make_shared<LiveDirectory>();
    const auto step = std::make_shared<AlertStep>();
    std::vector<std::unique_ptr<log::Fold>> folds;
    folds.push_back(std::make_unique<DirectoryFold>(directory));
    folds.push_back(std::make_unique<AlertFold>(directory, step));
    folds.push_back(std::make_unique<TargetFold>(directory, step));
    folds.push_back(std::make_unique<ViewFold>(step));
    folds.push_back(std::make_unique<OverdoseFold>());
    const bool looked_up = purpose == log::FoldPurpose::kLive && tokens != nullptr;
    folds.push_back(std::make_unique<TokenFold>(looked_up ? tokens : std::make_shared<LiveTokens>()));
    return folds;
  };
}

}  // namespace gjallar::projections
